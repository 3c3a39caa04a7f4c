package dev.loadline.transport;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.time.Instant;

import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** An authority of the test's, certificates of it for localhost, and clients that trust it. */
public final class Certificates {
    private static final X509Bundle AUTHORITY =
            made(
                    () ->
                            new CertificateBuilder()
                                    .subject("CN=Test Authority")
                                    .setIsCertificateAuthority(true)
                                    .notBefore(Instant.now().minus(Duration.ofDays(900)))
                                    .buildSelfSigned());

    private Certificates() {}

    private interface Making<T> {
        T make() throws Exception;
    }

    private static <T> T made(Making<T> making) {
        try {
            return making.make();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** Good for two days, with a key of its own. */
    public static X509Bundle valid(String subject) {
        return issued(subject, Instant.now().plus(Duration.ofDays(2)));
    }

    /** Since yesterday. */
    public static X509Bundle expired(String subject) {
        return issued(subject, Instant.now().minus(Duration.ofDays(1)));
    }

    private static X509Bundle issued(String subject, Instant until) {
        return made(
                () ->
                        new CertificateBuilder()
                                .ecp256()
                                .subject(subject)
                                .addSanDnsName("localhost")
                                .addSanIpAddress("127.0.0.1")
                                .notBefore(Instant.now().minus(Duration.ofDays(365)))
                                .notAfter(until)
                                .buildIssuedBy(AUTHORITY));
    }

    /** Writes the two files, in place. */
    public static void write(X509Bundle bundle, Path certificate, Path key) {
        try {
            Files.writeString(certificate, bundle.getCertificatePathPEM());
            Files.writeString(key, bundle.getPrivateKeyPEM());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads what it writes. */
    static TlsIdentity identity(X509Bundle bundle, Path directory) {
        Path certificate = directory.resolve("server.pem");
        Path key = directory.resolve("server.key");
        write(bundle, certificate, key);
        return made(() -> TlsIdentity.read(certificate, key));
    }

    /** Checks certificates as any client does, and trusts the authority. */
    public static SSLContext trusting() {
        return made(
                () -> {
                    KeyStore store = KeyStore.getInstance("PKCS12");
                    store.load(null, null);
                    store.setCertificateEntry("authority", AUTHORITY.getCertificate());
                    TrustManagerFactory trust =
                            TrustManagerFactory.getInstance(
                                    TrustManagerFactory.getDefaultAlgorithm());
                    trust.init(store);
                    SSLContext context = SSLContext.getInstance("TLS");
                    context.init(null, trust.getTrustManagers(), null);
                    return context;
                });
    }

    /** A client with connections of its own, HTTP/2 where the server offers it. */
    public static HttpClient client() {
        return HttpClient.newBuilder()
                .sslContext(trusting())
                .version(HttpClient.Version.HTTP_2)
                .connectTimeout(Duration.ofSeconds(20))
                .build();
    }
}
