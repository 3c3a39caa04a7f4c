package dev.loadline.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.http.HttpMethod;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Goal: who opens a connection to TLS and shakes no hands gets no place for it beyond the bound,
 * and none for long. Method: sockets that say nothing; the hand-shake's time is the real one.
 */
class HandshakesTest {
    private static final int MAX = 8;

    @Test
    void handshakes_under_way_are_counted_bounded_and_ended(@TempDir Path directory)
            throws TlsFault {
        Tls tls = Tls.serving(Certificates.identity(Certificates.valid("CN=localhost"), directory));
        ServerPolicy policy = ServerPolicy.DEFAULT.withConnections(MAX, 0, Duration.ofSeconds(1));
        List<Wire> silent = new ArrayList<>();
        try (var server = new TestServer(policy, 2, tls);
                var known = new Http2Client(server.port)) {
            for (int i = 1; i < MAX; i++) silent.add(server.wire());
            TestServer.until(() -> server.counts.connections() == MAX);
            for (int i = 0; i < 3; i++) {
                try (Wire more = server.wire()) {
                    assertThat(more.closes()).isTrue();
                }
            }
            assertThat(server.counts.connectionsRefused()).isEqualTo(3);
            assertThat(known.get("/api/me").statusCode()).isEqualTo(200);
            for (Wire each : silent) assertThat(each.closes()).isTrue();
            TestServer.until(() -> server.counts.connections() == 1);
            try (var next = new Http2Client(server.port)) {
                assertThat(next.get("/api/me").statusCode()).isEqualTo(200);
            }
        } finally {
            silent.forEach(Wire::close);
            tls.close();
        }
        TestServer.until(() -> tls.identities() == 0); // no hand-shake holds on to its memory
    }

    @Test
    void a_connection_whose_streams_are_all_reset_is_idle(@TempDir Path directory) throws TlsFault {
        Tls tls = Tls.serving(Certificates.identity(Certificates.valid("CN=localhost"), directory));
        try (var server = new TestServer(ServerPolicy.DEFAULT, 1, tls);
                var client = new Http2Client(server.port)) {
            var stream = client.follow("t1", true);
            TestServer.await(stream.request.reset(8));
            var trickle = client.request(HttpMethod.POST, "/api/conversations/c1/turns");
            trickle.putHeader("content-type", "application/json").setChunked(true);
            TestServer.await(trickle.write("{"));
            for (int drops = 0; drops < 31; drops++) {
                trickle.write(" ").onComplete(sent -> {});
                server.time.pass(Duration.ofSeconds(1));
            }
            assertThat(TestServer.await(trickle.response()).statusCode()).isEqualTo(400);
            server.time.pass(Duration.ofSeconds(2));
            assertThat(server.counts.connections()).isEqualTo(1);
            server.time.pass(Duration.ofSeconds(61));
            client.closed.orTimeout(10, java.util.concurrent.TimeUnit.SECONDS).join();
            TestServer.until(() -> server.counts.connections() == 0);
        } finally {
            tls.close();
        }
    }
}
