package dev.loadline.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Outcome;

import io.vertx.core.buffer.Buffer;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Goal: every way to fail becomes the right outcome, once, without the key. Method: scripted faults
 * over real sockets.
 */
class OpenAiFailureTest extends OpenAiWorld {
    private static final String WRAPPED =
            "{\"error\":{\"message\":\"no\",\"type\":\"some_error\",\"param\":null,\"code\":%s}}";

    @ParameterizedTest
    @CsvSource({
        "400,Rejected",
        "401,Rejected",
        "403,Rejected",
        "404,Rejected",
        "409,Rejected",
        "413,Rejected",
        "422,Rejected",
        "302,Rejected",
        "402,Exhausted",
        "429,RateLimited",
        "408,Unavailable",
        "425,Unavailable",
        "502,Unavailable",
        "503,Unavailable",
        "504,Unavailable",
        "529,Unavailable",
        "500,ServerError",
        "501,ServerError",
        "520,ServerError"
    })
    void a_status_means(int status, String outcome) throws Exception {
        Heard heard = ask(FakeAnswer.status(status, WRAPPED.formatted("null")));
        assertThat(heard.end.join().getClass().getSimpleName()).isEqualTo(outcome);
        assertThat(detail(heard)).contains("HTTP " + status, "no", "some_error");
        assertThat(heard.order).containsExactly("sent", "ended");
        if (heard.end.join() instanceof Outcome.Rejected<ModelAnswer> rejected)
            assertThat(rejected.status()).isEqualTo(status);
    }

    @Test
    void a_429_says_whether_waiting_helps_and_how_long() throws Exception {
        Heard spent = ask(FakeAnswer.status(429, WRAPPED.formatted("\"insufficient_quota\"")));
        assertThat(spent.end.join()).isInstanceOf(Outcome.Exhausted.class);

        assertThat(wait("retry-after", "2")).isEqualTo(Duration.ofSeconds(2));
        assertThat(wait("Retry-After", "0.25")).isEqualTo(Duration.ofMillis(250));
        assertThat(wait("retry-after-ms", "1500", "retry-after", "9"))
                .isEqualTo(Duration.ofMillis(1500));
        assertThat(
                        wait(
                                "retry-after", "Wed, 21 Oct 2015 07:28:10 GMT",
                                "date", "Wed, 21 Oct 2015 07:28:00 GMT"))
                .isEqualTo(Duration.ofSeconds(10));
        assertThat(wait("x", "y")).isEqualTo(Duration.ZERO);
    }

    private Duration wait(String... headers) throws Exception {
        Heard heard =
                ask(FakeAnswer.status(429, WRAPPED.formatted("\"rate_limit_exceeded\""), headers));
        return ((Outcome.RateLimited<ModelAnswer>) heard.end.join()).retryAfter();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"error\":\"just words\"}",
                "{\"error\":{\"message\":\"just words\",\"code\":400}}",
                "{\"object\":\"error\",\"message\":\"just words\",\"type\":\"BadRequestError\",\"code\":400}",
                "{\"message\":\"just words\"}",
                "{\"detail\":\"just words\"}",
                "<html>just words</html>",
                "just words"
            })
    void an_error_body_may_have_any_form(String body) throws Exception {
        Heard heard = ask(FakeAnswer.status(400, body));
        assertThat(heard.end.join()).isInstanceOf(Outcome.Rejected.class);
        assertThat(detail(heard)).contains("just words");
    }

    @Test
    void details_are_one_short_line_without_the_key() throws Exception {
        String body = "wrong key " + KEY + "\r\n\u0007" + "x".repeat(300_000);
        Heard heard = ask(FakeAnswer.status(401, body));
        assertThat(detail(heard))
                .doesNotContain(KEY, "\n", "\r", "\u0007")
                .contains("wrong key ***")
                .hasSizeLessThan(510);

        Heard inside =
                ask(FakeAnswer.begun().data("{\"error\":{\"message\":\"key " + KEY + "\"}}"));
        assertThat(detail(inside)).doesNotContain(KEY);
    }

    @Test
    void an_error_body_that_does_not_end_is_given_up() throws Exception {
        Heard large = new Heard();
        server.next(FakeAnswer.head(500, "text/plain").repeat("x".repeat(1000), 1_000_000).stall());
        start(model, large);
        assertThat(large.outcome()).isInstanceOf(Outcome.ServerError.class);
        server.awaitClosed(1);

        RemoteModel hasty = model(server.url(), Duration.ofMinutes(1), Duration.ofMillis(300), 4);
        server.next(FakeAnswer.head(503, "text/plain").write("loading").stall());
        Heard slow = ask(hasty, request(Duration.ofMinutes(1)));
        assertThat(slow.end.join()).isInstanceOf(Outcome.Unavailable.class);
        assertThat(detail(slow)).contains("503", "loading");
        server.awaitClosed(2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"error\":{\"message\":\"m\",\"code\":502}}|ServerError",
                "{\"error\":{\"message\":\"m\",\"code\":\"server_error\"},\"choices\":[{\"delta\":{\"content\":\"\"},\"finish_reason\":\"error\"}]}|ServerError",
                "{\"error\":\"m\"}|ServerError",
                "{\"error\":{\"message\":\"m\",\"code\":429}}|RateLimited",
                "{\"error\":{\"message\":\"m\",\"type\":\"tokens\",\"code\":\"rate_limit_exceeded\"}}|RateLimited",
                "{\"error\":{\"message\":\"m\",\"code\":402}}|Exhausted",
                "{\"error\":{\"message\":\"m\",\"type\":\"insufficient_quota\"}}|Exhausted",
                "{\"object\":\"error\",\"message\":\"m\",\"code\":400}|Rejected",
                "{\"error\":{\"message\":\"m\",\"code\":408}}|ServerError",
                "{\"error\":{\"message\":\"m\",\"type\":\"invalid_request_error\",\"code\":null}}|Rejected",
                "{\"error\":{\"message\":\"m\",\"code\":\"context_length_exceeded\"}}|Rejected",
                "{\"choices\":[{\"delta\":{},\"finish_reason\":\"error\"}]}|ServerError"
            })
    void an_error_inside_a_good_status_means(String chunk, String outcome) throws Exception {
        Heard early = ask(FakeAnswer.head(200, "text/event-stream").data(chunk).done());
        assertThat(early.end.join().getClass().getSimpleName()).isEqualTo(outcome);
        Heard late = ask(FakeAnswer.begun().texts("some text").data(chunk).done());
        assertThat(late.end.join().getClass().getSimpleName()).isEqualTo(outcome);
        assertThat(late.text()).isEqualTo("some text");
        if (!chunk.contains("finish_reason")) {
            Heard whole = ask(FakeAnswer.status(200, chunk));
            assertThat(whole.end.join().getClass().getSimpleName()).isEqualTo(outcome);
        }
    }

    @Test
    void a_wrong_key_that_is_told_inside_a_good_status_is_the_key_s_fault() throws Exception {
        String wrongKey =
                "{\"error\":{\"message\":\"m\",\"type\":\"invalid_request_error\",\"code\":\"invalid_api_key\"}}";
        Heard heard = ask(FakeAnswer.head(200, "text/event-stream").data(wrongKey).done());
        assertThat(heard.end.join())
                .isInstanceOfSatisfying(
                        Outcome.Rejected.class, no -> assertThat(no.status()).isEqualTo(401));
    }

    @Test
    void an_event_that_is_named_error_is_one() throws Exception {
        Heard heard =
                ask(
                        FakeAnswer.begun()
                                .write("event: error\ndata: {\"message\":\"went wrong\"}\n\n"));
        assertThat(heard.end.join()).isInstanceOf(Outcome.ServerError.class);
        assertThat(detail(heard)).contains("went wrong");
    }

    @Test
    void an_answer_without_an_end_is_not_a_good_one() throws Exception {
        for (FakeAnswer cut :
                List.of(
                        FakeAnswer.begun().texts("so far"),
                        FakeAnswer.begun().texts("so far").done(),
                        FakeAnswer.begun().texts("so far").data("{\"choices\":[{\"delta\":{}}]}"),
                        FakeAnswer.begun().texts("so far").write("data: {\"choices\":[{\"del"),
                        FakeAnswer.begun().texts("so far").cut(),
                        FakeAnswer.begun().texts("so far").reset())) {
            Heard heard = ask(cut);
            assertThat(heard.end.join()).isInstanceOf(Outcome.Unavailable.class);
            assertThat(heard.text()).isEqualTo("so far");
        }
        assertThat(ask(FakeAnswer.head(200, "text/event-stream").write(": hm\n\n")).end.join())
                .isInstanceOf(Outcome.Unavailable.class);
    }

    @Test
    void a_connection_lost_after_the_finish_loses_nothing() throws Exception {
        for (FakeAnswer cut :
                List.of(
                        FakeAnswer.begun().texts("all").finish("stop").cut(),
                        FakeAnswer.begun().texts("all").finish("stop").usage(7, 3).reset()))
            assertThat(answer(ask(cut)).reason()).isEqualTo(ModelAnswer.Reason.STOP);
    }

    @Test
    void garbage_is_a_server_error() throws Exception {
        for (FakeAnswer garbage :
                List.of(
                        FakeAnswer.begun().data("not json"),
                        FakeAnswer.begun().data("{\"choices\":[}"),
                        FakeAnswer.begun().data("[1,2]"),
                        FakeAnswer.begun().data("{} {}"),
                        FakeAnswer.begun().data("\"text\""),
                        FakeAnswer.begun()
                                .write(new byte[] {'d', 'a', 't', 'a', ':', '{', '"', -1, '"'})
                                .write("\n\n"),
                        FakeAnswer.begun().data("[".repeat(100_000)),
                        FakeAnswer.head(200, "text/html").write("<html>\n<body>hello\n"),
                        FakeAnswer.head(200, "application/json").write("{\"half\":"),
                        FakeAnswer.head(200, "application/json").write("{}"),
                        FakeAnswer.empty()
                                .with(
                                        new FakeAnswer.Act.Raw(
                                                Buffer.buffer("SSH-2.0-OpenSSH_9.2\r\n\r\n"))))) {
            Heard heard = ask(garbage);
            assertThat(heard.end.join()).as("%s", garbage).isInstanceOf(Outcome.ServerError.class);
        }
    }

    @Test
    void a_line_of_ten_mib_ends_the_call_and_the_connection() throws Exception {
        FakeAnswer endless =
                FakeAnswer.begun().write("data: {\"choices\":[{\"delta\":{\"content\":\"");
        for (int i = 0; i < 160; i++) endless = endless.write("x".repeat(64 * 1024));
        Heard heard = ask(endless.stall());
        assertThat(heard.end.join()).isInstanceOf(Outcome.ServerError.class);
        assertThat(detail(heard)).contains("1 MiB");
        server.awaitClosed(1);
    }

    @Test
    void a_stream_that_is_refused_in_the_middle_is_closed() throws Exception {
        ask(FakeAnswer.begun().data("garbage").stall());
        server.awaitClosed(1);
        ask(FakeAnswer.begun().data("{\"error\":\"x\"}").stall());
        server.awaitClosed(2);
    }

    @Test
    void nobody_there_is_unavailable() throws Exception {
        int free;
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            free = socket.getLocalPort();
        }
        RemoteModel lonely =
                model("http://127.0.0.1:" + free + "/v1", ofSeconds(9), ofSeconds(9), 4);
        Heard heard = ask(lonely, request(ofSeconds(30)));
        assertThat(heard.end.join()).isInstanceOf(Outcome.Unavailable.class);
        assertThat(heard.order).containsExactly("ended");

        RemoteModel nowhere = model("http://host.invalid/v1", ofSeconds(9), ofSeconds(9), 4);
        assertThat(ask(nowhere, request(ofSeconds(30))).end.join())
                .isInstanceOf(Outcome.Unavailable.class);
    }

    @Test
    void a_connection_that_nobody_accepts_is_given_up() throws Exception {
        try (var full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            List<java.net.Socket> fill = new ArrayList<>();
            try {
                fillBacklog(full, fill);
                var url = "http://127.0.0.1:" + full.getLocalPort() + "/v1";
                long before = System.nanoTime();
                Heard heard =
                        ask(model(url, ofSeconds(9), ofSeconds(9), 4), request(ofSeconds(30)));
                assertThat(heard.end.join()).isInstanceOf(Outcome.Unavailable.class);
                assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(ofSeconds(6));
            } finally {
                for (var socket : fill) socket.close();
            }
        }
    }

    private static void fillBacklog(ServerSocket server, List<java.net.Socket> fill) {
        for (int i = 0; i < 16; i++) {
            var socket = new java.net.Socket();
            fill.add(socket);
            try {
                socket.connect(server.getLocalSocketAddress(), 100);
            } catch (IOException full) {
                return;
            }
        }
    }

    @Test
    void a_model_that_says_nothing_times_out_and_is_closed() throws Exception {
        RemoteModel hasty = model(server.url(), Duration.ofMillis(300), ofSeconds(20), 4);
        server.next(FakeAnswer.hang());
        Heard hung = ask(hasty, request(ofSeconds(30)));
        assertThat(hung.end.join()).isInstanceOf(Outcome.TimedOut.class);
        assertThat(hung.order).containsExactly("sent", "ended");
        server.awaitClosed(1);

        server.next(FakeAnswer.begun().stall());
        Heard opened = ask(hasty, request(ofSeconds(30)));
        assertThat(opened.end.join())
                .as("only the opening chunk")
                .isInstanceOf(Outcome.TimedOut.class);
        server.awaitClosed(2);
    }

    @Test
    void an_opening_chunk_does_not_start_the_gap() throws Exception {
        RemoteModel thinking = model(server.url(), ofSeconds(20), Duration.ofMillis(600), 4);
        server.next(FakeAnswer.begun().pause(Duration.ofMillis(1500)).texts("late").ended());
        assertThat(ask(thinking, request(ofSeconds(30))).text()).isEqualTo("late");
    }

    @Test
    void a_model_that_stalls_times_out_and_is_closed() throws Exception {
        RemoteModel hasty = model(server.url(), ofSeconds(20), Duration.ofMillis(600), 4);
        server.next(FakeAnswer.begun().texts("so far").stall());
        Heard heard = ask(hasty, request(ofSeconds(30)));
        assertThat(heard.end.join()).isInstanceOf(Outcome.TimedOut.class);
        assertThat(heard.text()).isEqualTo("so far");
        server.awaitClosed(1);
    }

    @Test
    void keep_alive_comments_are_no_events() throws Exception {
        RemoteModel hasty = model(server.url(), Duration.ofMillis(500), ofSeconds(20), 4);
        FakeAnswer comments = FakeAnswer.begun();
        for (int i = 0; i < 50; i++)
            comments = comments.write(": PROCESSING\n\n").pause(Duration.ofMillis(100));
        server.next(comments);
        Heard heard = ask(hasty, request(ofSeconds(30)));
        assertThat(heard.end.join()).isInstanceOf(Outcome.TimedOut.class);
    }

    @Test
    void silence_after_the_finish_is_an_end() throws Exception {
        RemoteModel hasty = model(server.url(), ofSeconds(20), Duration.ofMillis(600), 4);
        server.next(FakeAnswer.begun().texts("all").finish("length").usage(7, 3).stall());
        Heard heard = ask(hasty, request(ofSeconds(30)));
        assertThat(answer(heard).reason()).isEqualTo(ModelAnswer.Reason.LENGTH);
        assertThat(answer(heard).usage().output()).isEqualTo(3);
        server.awaitClosed(1);
    }

    @Test
    void a_body_that_goes_on_after_done_is_closed() throws Exception {
        Heard heard = ask(FakeAnswer.stream("all").stall());
        assertThat(heard.text()).isEqualTo("all");
        server.awaitClosed(1);
        ask(FakeAnswer.stream("all").repeat("x".repeat(1000), 1_000_000).stall());
        server.awaitClosed(2);
    }

    @Test
    void the_deadline_cuts_it_short_wherever_it_stands() throws Exception {
        server.next(FakeAnswer.hang(), FakeAnswer.begun().texts("so far").stall());
        Heard hung = ask(model, request(Duration.ofMillis(1200)));
        assertThat(hung.end.join()).isInstanceOf(Outcome.CutShort.class);
        server.awaitClosed(1);
        Heard stalled = ask(model, request(Duration.ofMillis(1200)));
        assertThat(stalled.end.join()).isInstanceOf(Outcome.CutShort.class);
        server.awaitClosed(2);
        Heard late = ask(model, request(Duration.ofMillis(-1)));
        assertThat(late.end.join()).isInstanceOf(Outcome.CutShort.class);
        assertThat(late.order).containsExactly("ended");
        assertThat(server.requests()).isEqualTo(2);
    }

    @Test
    void a_closed_model_is_unavailable() throws Exception {
        server.next(FakeAnswer.begun().texts("so far").stall());
        Heard open = new Heard();
        start(model, open);
        open.firstText.get(10, java.util.concurrent.TimeUnit.SECONDS);
        assertThat(model.close().toCompletionStage().toCompletableFuture())
                .succeedsWithin(ofSeconds(10));
        assertThat(open.outcome()).isInstanceOf(Outcome.Unavailable.class);
        assertThat(ask(model, request(ofSeconds(30))).end.join())
                .isInstanceOf(Outcome.Unavailable.class);
    }

    private static Duration ofSeconds(int seconds) {
        return Duration.ofSeconds(seconds);
    }
}
