package dev.loadline.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loadline.model.FakeAnswer;
import dev.loadline.model.FakeOpenAi;
import dev.loadline.transport.Certificates;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.net.ssl.SSLHandshakeException;

/**
 * Goal: a server with TLS says by what, follows its certificate's files while it runs, and serves
 * health and metrics on an address of their own. Method: the command line in a process of its own,
 * an ordinary HTTP/2 client that checks certificates.
 */
class TlsServerTest {
    private static final Duration SOON = Duration.ofSeconds(40);

    private final FakeOpenAi model = FakeOpenAi.start();

    @TempDir Path directory;

    @AfterEach
    void end() {
        model.close();
    }

    private Path config(String server) throws IOException {
        Path config = Configured.with(directory, model.url(), "1s");
        String yaml = Files.readString(config);
        return Files.writeString(
                config, yaml.replace("drainGrace: 1s", "drainGrace: 1s, " + server));
    }

    private static HttpRequest get(String url) {
        return HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(20)).build();
    }

    private static HttpResponse<String> ask(HttpClient client, HttpRequest request)
            throws IOException, InterruptedException {
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private static HttpRequest posting(String url, String json, String accept) {
        return HttpRequest.newBuilder(URI.create(url))
                .header("Content-Type", "application/json")
                .header("Accept", accept)
                .POST(HttpRequest.BodyPublishers.ofString(json))
                .build();
    }

    @Test
    void an_expired_certificate_is_replaced_live_and_open_streams_go_on() throws Exception {
        Path certificate = directory.resolve("server.pem");
        Path key = directory.resolve("server.key");
        Certificates.write(Certificates.valid("CN=first"), certificate, key);
        model.always(FakeAnswer.begun().texts("one ").hold().texts("two").ended());
        Path config =
                config("tls: { certificate: \"%s\", key: \"%s\" }".formatted(certificate, key));
        try (ServerProcess server = ServerProcess.serve(config);
                HttpClient first = Certificates.client()) {
            assertThat(server.startLine()).contains("https://127.0.0.1:", "; TLS by BoringSSL)");
            String base = "https://127.0.0.1:" + server.port();
            String open = "{\"agent\":\"assistant\",\"id\":\"c\"}";
            assertThat(ask(first, posting(base + "/api/conversations", open, "*/*")).statusCode())
                    .isEqualTo(201);
            HttpResponse<InputStream> answer =
                    first.send(
                            posting(
                                    base + "/api/conversations/c/turns",
                                    "{\"text\":\"Hello\"}",
                                    "text/event-stream"),
                            HttpResponse.BodyHandlers.ofInputStream());
            assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
            try (var stream =
                    new BufferedReader(
                            new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
                readTo(stream, "\"one \"");
                Certificates.write(Certificates.expired("CN=old"), certificate, key);
                server.awaitLog("the expiry", line -> line.contains("HAS EXPIRED"));
                try (HttpClient second = Certificates.client()) {
                    assertThatThrownBy(() -> ask(second, get(base + "/health/live")))
                            .isInstanceOf(SSLHandshakeException.class)
                            .hasMessageContaining("expired");
                }
                Certificates.write(Certificates.valid("CN=new"), certificate, key);
                server.awaitLog("the change", line -> line.contains("certificate of CN=new"));
                try (HttpClient third = Certificates.client()) {
                    HttpResponse<String> alive = ask(third, get(base + "/health/live"));
                    assertThat(alive.statusCode()).isEqualTo(200);
                    assertThat(alive.sslSession().orElseThrow().getPeerPrincipal().getName())
                            .isEqualTo("CN=new");
                }
                model.release();
                readTo(stream, "event: turn.completed");
            }
            server.terminate();
            assertThat(server.exitCode(SOON)).isZero();
            assertThat(server.err()).noneMatch(line -> line.contains("did not end well"));
        }
    }

    private static void readTo(BufferedReader stream, String words) throws IOException {
        String line = stream.readLine();
        while (!line.contains(words)) line = stream.readLine();
    }

    @Test
    void health_and_metrics_have_an_address_of_their_own() throws Exception {
        Path config = config("management: { port: 0 }");
        try (ServerProcess server = ServerProcess.serve(config);
                HttpClient client = HttpClient.newHttpClient()) {
            Matcher told =
                    Pattern.compile("health and metrics at (http://127.0.0.1:\\d+)\\)")
                            .matcher(server.startLine());
            assertThat(told.find()).as(server.startLine()).isTrue();
            String management = told.group(1);
            assertThat(ask(client, get(management + "/health/live")).statusCode()).isEqualTo(200);
            assertThat(ask(client, get(management + "/health/ready")).statusCode()).isEqualTo(200);
            HttpResponse<String> metrics = ask(client, get(management + "/metrics"));
            assertThat(metrics.body()).contains("loadline_active_turns 0.0");
            for (String path : new String[] {"/", "/api/me", "/api/ops/load", "/metrics/x"}) {
                assertThat(ask(client, get(management + path)).statusCode())
                        .as(path)
                        .isEqualTo(404);
            }
            assertThat(ask(client, posting(management + "/metrics", "{}", "*/*")).statusCode())
                    .isEqualTo(405);
        }
    }

    @Test
    void a_management_port_that_is_taken_is_named() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Path config = config("management: { port: %d }".formatted(taken.getLocalPort()));
            try (ServerProcess server = ServerProcess.launch(config)) {
                assertThat(server.exitCode(SOON)).isEqualTo(1);
                assertThat(server.err().getLast())
                        .contains(
                                "the port " + taken.getLocalPort() + " on 127.0.0.1 is taken",
                                "server.management.port");
            }
        }
    }
}
