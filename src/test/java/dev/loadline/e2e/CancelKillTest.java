package dev.loadline.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.model.FakeAnswer;
import dev.loadline.model.FakeOpenAi;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Goal: a cancel that was acknowledged holds, whatever happens next. Method: a real process is
 * killed right after it said 202; its next life must not run what was cancelled.
 */
class CancelKillTest {
    private static final int CONVERSATIONS = 5;

    private final FakeOpenAi model = FakeOpenAi.start();

    @TempDir Path directory;

    @AfterEach
    void end() {
        model.close();
    }

    @Test
    void what_was_cancelled_stays_cancelled_after_a_kill() throws Exception {
        model.always(FakeAnswer.begun().texts("one ").hold().ended());
        List<String> cancelled = new ArrayList<>();
        try (ServerProcess server = serve();
                var http = new PlainHttp(server.port())) {
            for (int i = 0; i < CONVERSATIONS; i++) {
                String conversation = "c" + i;
                http.open(conversation);
                cancelled.add(submit(http, conversation, "runs"));
                cancelled.add(submit(http, conversation, "waits"));
            }
            for (String turn : cancelled) {
                assertThat(http.post("/api/turns/" + turn + "/cancel", Map.of()).status())
                        .isEqualTo(202);
            }
            server.kill9();
        }
        int asked = model.requests();
        try (ServerProcess server = serve();
                var http = new PlainHttp(server.port())) {
            for (String turn : cancelled) {
                WaitFor.holds(
                        "the cancel of " + turn,
                        () ->
                                http.get("/api/turns/" + turn)
                                        .json()
                                        .get("status")
                                        .asText()
                                        .equals("cancelled"));
            }
        }
        assertThat(model.requests() - asked)
                .as("calls for turns whose outcome was not yet in; their cancel is found at once")
                .isLessThanOrEqualTo(CONVERSATIONS);
    }

    private ServerProcess serve() {
        return ServerProcess.serve(Configured.with(directory, model.url(), "1s"));
    }

    private static String submit(PlainHttp http, String conversation, String text) {
        PlainHttp.Answer answer =
                http.post(
                        "/api/conversations/" + conversation + "/turns",
                        Map.of("text", text, "whenBusy", "enqueue"));
        assertThat(answer.status()).isEqualTo(202);
        return answer.json().get("turn").asText();
    }
}
