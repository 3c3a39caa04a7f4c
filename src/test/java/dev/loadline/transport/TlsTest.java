package dev.loadline.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.loadline.transport.TlsFault.Part;

import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslHandler;
import io.netty.pkitesting.X509Bundle;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.impl.HttpServerConnection;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;

/**
 * Goal: TLS is BoringSSL's, serves only what clients can use, and gives back what it replaced.
 * Method: real sockets, certificates made here.
 */
class TlsTest {
    private static final X509Bundle ONE = Certificates.valid("CN=one");
    private static final X509Bundle TWO = Certificates.valid("CN=two");

    @TempDir Path directory;

    private TestServer server(Tls tls) {
        return new TestServer(ServerPolicy.DEFAULT, 2, tls);
    }

    private static SSLSocket connect(int port, String... versions) throws IOException {
        var socket =
                (SSLSocket)
                        Certificates.trusting().getSocketFactory().createSocket("localhost", port);
        socket.setSoTimeout(20_000);
        if (versions.length > 0) socket.setEnabledProtocols(versions);
        socket.startHandshake();
        return socket;
    }

    private static String subject(SSLSocket socket) throws IOException {
        return socket.getSession().getPeerPrincipal().getName();
    }

    @Test
    void the_engine_behind_a_socket_is_boringssl() throws Exception {
        Tls tls = Tls.serving(Certificates.identity(ONE, directory));
        Vertx vertx = Vertx.vertx();
        Set<String> engines = ConcurrentHashMap.newKeySet();
        try {
            int port =
                    TestServer.await(
                                    vertx.createHttpServer(
                                                    tls.secure(
                                                            new HttpServerOptions(),
                                                            16_384,
                                                            Duration.ofSeconds(10),
                                                            accepted -> {}))
                                            .connectionHandler(
                                                    connection -> engines.add(engine(connection)))
                                            .requestHandler(request -> {})
                                            .listen(0, "localhost"))
                            .actualPort();
            try (SSLSocket socket = connect(port)) {
                assertThat(subject(socket)).isEqualTo("CN=one");
                TestServer.until(() -> !engines.isEmpty());
            }
            assertThat(engines).containsExactly(ReferenceCountedOpenSslEngine.class.getName());
            assertThat(tls.provider()).isEqualTo("BoringSSL");
        } finally {
            TestServer.await(vertx.close());
            tls.close();
        }
    }

    private static String engine(io.vertx.core.http.HttpConnection connection) {
        return ((HttpServerConnection) connection)
                .channelHandlerContext()
                .pipeline()
                .get(SslHandler.class)
                .engine()
                .getClass()
                .getName();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void both_versions_are_spoken_and_no_older_one(String version) throws Exception {
        Tls tls = Tls.serving(Certificates.identity(ONE, directory));
        try (TestServer server = server(tls)) {
            try (SSLSocket socket = connect(server.port, version)) {
                assertThat(socket.getSession().getProtocol()).isEqualTo(version);
            }
            String disabled = java.security.Security.getProperty("jdk.tls.disabledAlgorithms");
            assertThat(disabled).as("why no older one is tried here").contains("TLSv1.1");
        } finally {
            tls.close();
        }
    }

    @Test
    void two_hundred_replaced_certificates_are_gone_but_for_the_one_in_use() throws Exception {
        TlsIdentity one = Certificates.identity(ONE, directory);
        TlsIdentity two = Certificates.identity(TWO, directory);
        Tls tls = Tls.serving(one);
        try (TestServer server = server(tls)) {
            try (SSLSocket old = connect(server.port)) {
                for (int i = 0; i < 100; i++) {
                    tls.serve(two);
                    tls.serve(one);
                    if (i % 10 == 0) connect(server.port).close();
                }
                tls.serve(two);
                TestServer.until(() -> tls.identities() == 2);
                try (SSLSocket next = connect(server.port)) {
                    assertThat(subject(next)).isEqualTo("CN=two");
                }
                old.getOutputStream()
                        .write(
                                "GET /api/me HTTP/1.1\r\nHost: localhost\r\n\r\n"
                                        .getBytes(StandardCharsets.US_ASCII));
                assertThat(old.getInputStream().read()).as("lives on").isEqualTo('H');
            }
            TestServer.until(() -> tls.identities() == 1);
        }
        tls.close();
        TestServer.until(() -> tls.identities() == 0);
    }

    @Test
    void an_expired_certificate_is_served_and_clients_see_it() throws Exception {
        TlsIdentity expired = Certificates.identity(Certificates.expired("CN=old"), directory);
        Tls tls = Tls.serving(expired);
        try (TestServer server = server(tls)) {
            assertThat(
                            catchThrowableOfType(
                                    SSLHandshakeException.class, () -> connect(server.port)))
                    .hasMessageContaining("expired");
        } finally {
            tls.close();
        }
    }

    // --- files

    private TlsFault refused(Path certificate, Path key) {
        TlsFault fault =
                catchThrowableOfType(TlsFault.class, () -> TlsIdentity.read(certificate, key));
        assertThat(fault).isNotNull();
        return fault;
    }

    private Path file(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text);
    }

    @Test
    void what_cannot_be_served_is_told_by_file_with_the_fix() throws Exception {
        Path certificate = file("good.pem", ONE.getCertificatePathPEM());
        Path key = file("good.key", ONE.getPrivateKeyPEM());
        Path absent = directory.resolve("absent");
        assertThat(refused(absent, key)).hasMessage("there is no file " + absent);
        assertThat(refused(absent, key).part()).isEqualTo(Part.CERTIFICATE);
        assertThat(refused(certificate, absent).part()).isEqualTo(Part.KEY);
        assertThat(refused(certificate, directory)).hasMessageContaining("is it a file?");
        assertThat(refused(key, key)).hasMessageContaining("has no certificate");
        assertThat(refused(certificate, certificate)).hasMessageContaining("no private key");
        Path damaged =
                file("damaged", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----");
        assertThat(refused(damaged, key)).hasMessageContaining("no X.509 certificate");
        Path cut = file("cut", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----");
        assertThat(refused(certificate, cut)).hasMessageContaining("is damaged");
        Path locked =
                file(
                        "locked",
                        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n"
                                + "-----END ENCRYPTED PRIVATE KEY-----");
        assertThat(refused(certificate, locked)).hasMessageContaining("openssl pkey");
        Path other = file("other.key", TWO.getPrivateKeyPEM());
        assertThat(refused(certificate, other)).hasMessageContaining("CN=one");
        assertThat(refused(certificate, other).part()).isEqualTo(Part.KEY);
        Path turned = file("turned", TWO.getCertificatePEM() + ONE.getCertificatePEM());
        assertThat(refused(turned, key)).hasMessageContaining("must begin with");
    }

    @Test
    void keys_in_the_older_forms_are_read() throws Exception {
        Path certificate = file("ec.pem", ONE.getCertificatePathPEM());
        byte[] pkcs8 = ONE.getKeyPair().getPrivate().getEncoded();
        // SEC 1 is what PKCS#8 wraps: a sequence of version, algorithm, and the key as octets.
        String sec1 = pem("EC PRIVATE KEY", withCurve(inner(pkcs8)));
        assertThat(TlsIdentity.read(certificate, file("ec.key", sec1)).name()).isEqualTo("CN=one");

        X509Bundle rsa =
                new io.netty.pkitesting.CertificateBuilder()
                        .rsa2048()
                        .subject("CN=rsa")
                        .setIsCertificateAuthority(true)
                        .buildSelfSigned();
        String pkcs1 = pem("RSA PRIVATE KEY", inner(rsa.getKeyPair().getPrivate().getEncoded()));
        Path rsaCertificate = file("rsa.pem", rsa.getCertificatePEM());
        assertThat(TlsIdentity.read(rsaCertificate, file("rsa.key", pkcs1)).name())
                .isEqualTo("CN=rsa");
    }

    private static String pem(String name, byte[] content) {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
        return "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(name, body, name);
    }

    /** The octets at the end of a PKCS#8 key. */
    private static byte[] inner(byte[] pkcs8) {
        int at = content(pkcs8, 0);
        at = next(pkcs8, at); // version
        at = next(pkcs8, at); // algorithm
        return java.util.Arrays.copyOfRange(pkcs8, content(pkcs8, at), next(pkcs8, at));
    }

    private static int content(byte[] der, int at) {
        int length = der[at + 1];
        return at + 2 + (length < 0 ? length & 0x7f : 0);
    }

    private static int next(byte[] der, int at) {
        int length = der[at + 1] & 0xff;
        if (length > 0x7f) {
            int bytes = length & 0x7f;
            length = 0;
            for (int i = 0; i < bytes; i++) length = (length << 8) | (der[at + 2 + i] & 0xff);
        }
        return content(der, at) + length;
    }

    /** Tools name the curve (P-256 here) inside, too. */
    private static byte[] withCurve(byte[] sec1) {
        byte[] curve = java.util.HexFormat.of().parseHex("a00a06082a8648ce3d030107");
        int privateEnd = next(sec1, next(sec1, content(sec1, 0))); // version, then the number
        int body = privateEnd - content(sec1, 0) + curve.length;
        byte[] made = new byte[2 + body];
        made[0] = sec1[0];
        made[1] = (byte) body;
        System.arraycopy(sec1, content(sec1, 0), made, 2, body - curve.length);
        System.arraycopy(curve, 0, made, 2 + body - curve.length, curve.length);
        return made;
    }
}
