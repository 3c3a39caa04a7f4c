package dev.loadline.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loadline.core.Usage;
import dev.loadline.turn.Finish;
import dev.loadline.turn.Timings;
import dev.loadline.turn.TurnEvent;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.StreamResetException;
import io.vertx.core.net.NetSocket;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/**
 * Goal: over HTTP/2 the doors keep every promise, and what happens to one stream happens to no
 * other of its connection. Method: real sockets with TLS, real HTTP/2 clients, manual time.
 */
class Http2Test {
    private static final TurnEvent.Last DONE =
            new TurnEvent.Completed(Finish.STOP, Usage.NONE, Timings.NONE, null);
    private static final String JSON = "application/json";

    private Tls tls;
    private TestServer server;
    private Http2Client client;

    @BeforeEach
    void start(@TempDir Path directory) throws TlsFault {
        tls = Tls.serving(Certificates.identity(Certificates.valid("CN=localhost"), directory));
        server = new TestServer(ServerPolicy.DEFAULT, 1, tls);
        client = new Http2Client(server.port);
    }

    @AfterEach
    void close() {
        client.close();
        server.close();
        tls.close();
        TestServer.until(() -> tls.identities() == 0); // no connection holds on to its memory
    }

    private List<Http2Client.Stream> follow(int count) {
        List<Http2Client.Stream> streams = new ArrayList<>();
        for (int i = 0; i < count; i++) streams.add(client.follow("t" + i, true));
        TestServer.until(() -> server.counts.streams() == count);
        return streams;
    }

    private void finish(List<Http2Client.Stream> streams) throws Exception {
        for (int i = 0; i < streams.size(); i++) {
            server.turns.write(
                    "t" + i,
                    feed -> {
                        feed.text("done");
                        feed.happened(DONE);
                    });
        }
        for (Http2Client.Stream stream : streams) {
            stream.ended.get(20, TimeUnit.SECONDS);
            assertThat(stream.text()).contains("\"done\"", "event: turn.completed");
        }
    }

    @Test
    void an_ordinary_client_gets_http2_and_no_header_that_does_not_belong_there() throws Exception {
        try (HttpClient ordinary = Certificates.client()) {
            var uri = URI.create("https://localhost:" + server.port + "/api/me");
            var answer =
                    ordinary.send(
                            HttpRequest.newBuilder(uri).build(),
                            HttpResponse.BodyHandlers.ofString());
            assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.headers().map())
                    .doesNotContainKeys("connection", "transfer-encoding", "keep-alive");
            var plain =
                    ordinary.send(
                            HttpRequest.newBuilder(uri)
                                    .version(HttpClient.Version.HTTP_1_1)
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            assertThat(plain.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
            assertThat(plain.body()).isEqualTo(answer.body());
        }
    }

    @Test
    void of_twenty_streams_one_stalls_and_only_that_one_is_reset() throws Exception {
        List<Http2Client.Stream> streams = follow(20);
        Http2Client.Stream stalled = client.follow("stalled", false);
        server.turns.write("stalled", feed -> feed.text("x".repeat(400_000)));
        TestServer.until(() -> server.counts.stalled() == 1);
        for (int second = 0; second < 5; second++) {
            server.turns.write("t0", feed -> feed.text("y"));
            server.time.pass(Duration.ofSeconds(13));
        }
        assertThatThrownBy(() -> stalled.ended.get(20, TimeUnit.SECONDS))
                .hasCauseInstanceOf(StreamResetException.class);
        TestServer.until(() -> server.counts.streams() == 20);
        assertThat(server.counts.slowReaders()).isEqualTo(1);
        assertThat(server.turns.feed("stalled").subscribers()).isZero();
        finish(streams);
        assertThat(server.counts.connections()).isEqualTo(1);
    }

    @Test
    void a_slow_stream_gets_everything_once_it_reads_again() throws Exception {
        Http2Client.Stream slow = client.follow("slow", false);
        for (int i = 0; i < 50; i++) server.turns.write("slow", f -> f.text("z".repeat(8_000)));
        TestServer.until(() -> server.counts.stalled() == 1);
        server.turns.write("slow", feed -> feed.happened(DONE));
        slow.response.resume();
        slow.ended.get(20, TimeUnit.SECONDS);
        assertThat(slow.text().chars().filter(c -> c == 'z').count())
                .as("deltas, and the text of the last event")
                .isGreaterThanOrEqualTo(400_000);
        assertThat(server.counts.streams()).isZero();
    }

    @Test
    void a_stream_that_its_client_resets_is_noticed_at_once() throws Exception {
        List<Http2Client.Stream> streams = follow(3);
        TestServer.await(streams.removeLast().request.reset(8));
        TestServer.until(() -> server.counts.streams() == 2); // by no passing of time
        assertThat(server.turns.feed("t2").subscribers()).isZero();
        finish(streams);
    }

    @Test
    void many_cancels_are_no_attack() throws Exception {
        List<Http2Client.Stream> streams = follow(1);
        for (int i = 0; i < 500; i++) {
            var request = client.request(HttpMethod.GET, "/api/turns/other/events");
            TestServer.await(request.sendHead());
            TestServer.await(request.reset(8));
        }
        TestServer.until(() -> server.counts.streams() == 1);
        finish(streams);
    }

    @Test
    void a_connection_that_takes_nothing_at_all_is_cut() {
        Vertx vertx = Vertx.vertx();
        List<NetSocket> upstream = new CopyOnWriteArrayList<>();
        try {
            var proxy =
                    TestServer.await(
                            vertx.createNetServer()
                                    .connectHandler(near -> relay(vertx, near, upstream))
                                    .listen(0, "127.0.0.1"));
            var frozen = new Http2Client(proxy.actualPort());
            frozen.follow("t1", true);
            upstream.getFirst().pause();
            server.turns.write("t1", feed -> feed.text("x".repeat(8_000_000)));
            TestServer.until(() -> server.counts.stalled() == 1);
            server.time.pass(Duration.ofSeconds(62));
            TestServer.until(() -> server.counts.streams() == 0);
            server.time.pass(Duration.ofSeconds(130));
            TestServer.until(() -> server.counts.connections() == 0);
            frozen.close();
        } finally {
            TestServer.await(vertx.close());
        }
    }

    private void relay(Vertx vertx, NetSocket near, List<NetSocket> upstream) {
        near.pause();
        vertx.createNetClient()
                .connect(server.port, "localhost")
                .onSuccess(
                        far -> {
                            upstream.add(far);
                            far.handler(bytes -> near.write(bytes).onComplete(sent -> {}));
                            near.handler(bytes -> far.write(bytes).onComplete(sent -> {}));
                            far.closeHandler(end -> near.close().onComplete(done -> {}));
                            near.closeHandler(end -> far.close().onComplete(done -> {}));
                            near.resume();
                        });
    }

    @Test
    void a_large_answer_that_is_not_taken_is_reset_alone() throws Exception {
        List<Http2Client.Stream> streams = follow(1);
        server.turns.texts.put("big", "w".repeat(300_000));
        var response =
                client.request(HttpMethod.GET, "/api/turns/big")
                        .send()
                        .onSuccess(answer -> answer.pause());
        var answer = TestServer.await(response);
        assertThat(answer.statusCode()).isEqualTo(200);
        var failed = new java.util.concurrent.CompletableFuture<Throwable>();
        answer.exceptionHandler(failed::complete);
        for (int i = 0; i < 4; i++) server.time.pass(Duration.ofSeconds(45));
        assertThat(failed.get(20, TimeUnit.SECONDS)).isInstanceOf(StreamResetException.class);
        finish(streams);
    }

    @Test
    void a_server_that_drains_says_so_by_goaway_and_open_streams_go_on() throws Exception {
        List<Http2Client.Stream> streams = follow(2);
        server.draining = true;
        var refused = client.post("/api/conversations/c1/turns", JSON, "{\"text\":\"hi\"}");
        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(refused.headers().names()).doesNotContain("connection").contains("retry-after");
        client.goAway.get(20, TimeUnit.SECONDS);
        finish(streams);
    }

    @Test
    void a_body_needs_no_length_and_a_command_needs_no_body() {
        assertThat(
                        client.post("/api/conversations/c1/turns", JSON, "{\"text\":\"hi\"}")
                                .statusCode())
                .isEqualTo(202);
        assertThat(client.post("/api/turns/t1/cancel", null, "").statusCode()).isEqualTo(202);
        assertThat(client.post("/api/turns/t1/cancel", "text/plain", "{}").statusCode())
                .isEqualTo(415);
        assertThat(client.post("/api/turns/t1/cancel", null, "{}").statusCode()).isEqualTo(415);
        assertThat(server.turns.submissions).hasSize(1);
    }

    @Test
    void a_body_too_large_is_refused_and_the_connection_serves_on() throws Exception {
        List<Http2Client.Stream> streams = follow(1);
        String large = "{\"text\":\"" + "x".repeat(1_100_000) + "\"}";
        var body = client.request(HttpMethod.POST, "/api/conversations/c1/turns");
        body.putHeader("content-type", JSON).setChunked(true);
        body.end(large).onComplete(sent -> {}); // it may be told before it is through
        assertThat(TestServer.await(body.response()).statusCode()).isEqualTo(413);
        assertThat(client.get("/api/me").statusCode()).isEqualTo(200);
        finish(streams);
    }

    @Test
    void the_authority_is_the_host_and_the_own_origin_is_https() {
        var own = client.request(HttpMethod.GET, "/api/me");
        own.putHeader("origin", "https://localhost:" + server.port);
        assertThat(TestServer.await(own.send()).statusCode()).isEqualTo(200);
        var plain = client.request(HttpMethod.GET, "/api/me");
        plain.putHeader("origin", "http://localhost:" + server.port);
        assertThat(TestServer.await(plain.send()).statusCode()).isEqualTo(403);
        var rebound = client.request(HttpMethod.GET, "/api/me");
        rebound.authority(io.vertx.core.net.HostAndPort.create("evil.example", 80));
        assertThat(TestServer.await(rebound.send()).statusCode()).isEqualTo(403);
    }
}
