package dev.loadline.context;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loadline.core.ContextReport.Source;
import dev.loadline.core.ContextReport.SourceStatus;
import dev.loadline.core.Outcome;
import dev.loadline.core.Principal;
import dev.loadline.core.ProblemException;
import dev.loadline.guard.Reason;
import dev.loadline.guard.Verdict;
import dev.loadline.model.FakeAnswer;

import io.vertx.core.Future;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * Goal: whatever a source does, a turn has its prompt in its time and says what it is without.
 * Method: a real server that misbehaves on command, where requests are counted; a guard by script;
 * time that the test moves.
 */
class HttpSourceTest extends SourceWorld {
    private static final Verdict OPEN = new Verdict.Refused(Reason.OPEN, Duration.ZERO);

    @AfterEach
    void every_permit_is_back() {
        server.release();
        advance(Duration.ofMinutes(5));
        until("no permit is out", () -> guard.out.get() == 0);
        assertThat(onLoop(time::pending)).isZero();
    }

    @Test
    void what_it_answers_stands_in_the_prompt() {
        server.always(items("Ann has 3 seats.", " ", "Her plan is \"Pro\"."));
        var made = made(begin("How many seats?"));
        assertThat(made.prompt().instructions())
                .isEqualTo(
                        "Be kind.\n\n"
                                + DataBlock.BEGIN.formatted("crm")
                                + "Ann has 3 seats.\n\nHer plan is \"Pro\"."
                                + DataBlock.END);
        assertThat(crm(made)).matches(it -> it.status() == SourceStatus.OK && it.found() == 2);
        var seen = server.request(1);
        assertThat(seen.method() + " " + seen.path()).isEqualTo("POST /v1/context?team=a%20b");
        assertThat(seen.headers())
                .containsEntry("loadline-turn", "t1")
                .containsEntry("content-type", "application/json");
        assertThat(seen.body())
                .contains("\"principal\":\"acme/ann\"")
                .contains("\"conversation\":\"c1\"")
                .contains("\"query\":\"How many seats?\"");
    }

    @Test
    void nothing_is_an_answer() {
        server.next(items(), FakeAnswer.head(204, "text/plain"));
        assertThat(crm(made(begin("q"))).status()).isEqualTo(SourceStatus.OK);
        assertThat(guard.outcomes).containsExactly(new Outcome.Ok<>(List.of()));
    }

    record Fault(String name, FakeAnswer answer, Class<?> outcome) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Fault> faults() {
        String many = "{\"text\":\"x\"},".repeat(200) + "{\"text\":\"x\"}";
        return Stream.of(
                new Fault("500", FakeAnswer.status(500, "{}"), Outcome.ServerError.class),
                new Fault("503", FakeAnswer.status(503, "{}"), Outcome.Unavailable.class),
                new Fault("403", FakeAnswer.status(403, "{}"), Outcome.Rejected.class),
                new Fault("402", FakeAnswer.status(402, "{}"), Outcome.Exhausted.class),
                new Fault(
                        "a redirect",
                        FakeAnswer.status(307, "{}", "Location", "/elsewhere"),
                        Outcome.Rejected.class),
                new Fault("no JSON", FakeAnswer.status(200, "{"), Outcome.ServerError.class),
                new Fault(
                        "other JSON",
                        FakeAnswer.status(200, "{\"items\":3}"),
                        Outcome.ServerError.class),
                new Fault(
                        "an item without text",
                        FakeAnswer.status(200, "{\"items\":[{\"id\":\"x\"}]}"),
                        Outcome.ServerError.class),
                new Fault(
                        "201 items",
                        FakeAnswer.status(200, "{\"items\":[" + many + "]}"),
                        Outcome.ServerError.class),
                new Fault(
                        "HTML",
                        FakeAnswer.head(200, "text/html").write("<p>"),
                        Outcome.ServerError.class),
                new Fault(
                        "50 MiB",
                        FakeAnswer.status(200, "{").repeat("y".repeat(64 * 1024), 800),
                        Outcome.ServerError.class),
                new Fault(
                        "50 MiB of error",
                        FakeAnswer.status(500, "{").repeat("y".repeat(64 * 1024), 800),
                        Outcome.ServerError.class),
                new Fault("a cut", FakeAnswer.status(200, "{").cut(), Outcome.Unavailable.class),
                new Fault(
                        "a reset", FakeAnswer.status(200, "{").reset(), Outcome.Unavailable.class),
                new Fault("an end without a word", FakeAnswer.empty(), Outcome.Unavailable.class));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void a_fault_is_told_to_the_guard_and_the_turn_goes_on_without(Fault fault) {
        server.next(fault.answer);
        var made = made(begin("q"));
        assertThat(made.prompt().instructions()).isEqualTo("Be kind.");
        assertThat(crm(made)).isEqualTo(new Source("crm", SourceStatus.FAILED, 0, 0, 0, 0, 0, 0));
        assertThat(guard.outcomes).singleElement().isInstanceOf(fault.outcome);
        assertThat(server.requests()).isEqualTo(1);
        until("the server is rid of it", () -> server.open() == 0);
    }

    @Test
    void a_rate_limit_is_told_with_its_time() {
        server.next(FakeAnswer.status(429, "{}", "Retry-After", "3"));
        assertThat(crm(made(begin("q"))).status()).isEqualTo(SourceStatus.FAILED);
        assertThat(guard.outcomes)
                .containsExactly(new Outcome.RateLimited<>(Duration.ofSeconds(3), "HTTP 429"));
    }

    @Test
    void one_that_hangs_is_cut_at_the_budget_and_closed_at_its_own_time_out() {
        server.next(FakeAnswer.hang());
        Future<ContextTask.Answer> answer = begin("q");
        server.request(1);
        sentIsMarked();
        advance(Duration.ofMillis(199));
        assertThat(answer.isComplete()).isFalse();
        advance(Duration.ofMillis(1));
        var made = made(answer);
        assertThat(crm(made)).isEqualTo(new Source("crm", SourceStatus.LATE, 0, 0, 0, 0, 0, 200));
        assertThat(made.report().ms()).isEqualTo(200);
        assertThat(guard.outcomes).as("not over for the guard").isEmpty();
        advance(Duration.ofMillis(50));
        server.awaitClosed(1);
        assertThat(guard.outcomes).singleElement().isInstanceOf(Outcome.TimedOut.class);
    }

    @Test
    void what_comes_too_late_serves_the_next_turn() {
        late("seats?", "3 seats");
        assertThat(crm(made(begin("seats?"))).status())
                .as("the same question")
                .isEqualTo(SourceStatus.OK);
        assertThat(server.requests()).as("is not asked again").isEqualTo(1);

        guard.always(OPEN);
        var other = made(begin("And the plan?"));
        assertThat(crm(other)).matches(it -> it.status() == SourceStatus.OPEN && it.kept() > 0);
        assertThat(other.prompt().instructions()).contains("3 seats");
        assertThat(made(begin(new Principal("acme", "bob"), "seats?")).prompt().instructions())
                .as("another's")
                .isEqualTo("Be kind.");
        advance(Duration.ofSeconds(61));
        assertThat(crm(made(begin("seats?"))).kept()).isZero();
    }

    @Test
    void one_that_answers_in_time_is_asked_and_its_answer_is_the_newer_one() {
        late("seats?", "3 seats");
        server.next(items("Pro"));
        assertThat(made(begin("plan?")).prompt().instructions())
                .contains("Pro")
                .doesNotContain("seats");
    }

    @Test
    void a_closed_door_costs_nothing_and_the_probe_carries_a_copy() {
        guard.always(OPEN);
        assertThat(begin("first").isComplete()).as("at once").isTrue();
        guard.probesDue(1);
        server.next(items("well again").hold());
        var made = made(begin("second"));
        assertThat(crm(made)).isEqualTo(new Source("crm", SourceStatus.OPEN, 0, 0, 0, 0, 0, 0));
        assertThat(server.request(1).body()).contains("\"query\":\"second\"");
        made(begin("third"));
        server.releaseHeld();
        until("the probe has ended", () -> !guard.outcomes.isEmpty());
        assertThat(server.requests()).isEqualTo(1);
        assertThat(made(begin("fourth")).prompt().instructions()).contains("well again");
    }

    @Test
    void a_failure_is_tried_again_within_the_budget() {
        guard.retryAfter(Duration.ofMillis(30));
        server.next(FakeAnswer.status(503, "{}"), items("facts"));
        Future<ContextTask.Answer> answer = begin("q");
        until("it failed", () -> !guard.outcomes.isEmpty());
        advance(Duration.ofMillis(30));
        assertThat(crm(made(answer)))
                .matches(it -> it.status() == SourceStatus.OK && it.ms() == 30);
        assertThat(server.requests()).isEqualTo(2);
    }

    @Test
    void a_turn_fails_without_a_critical_source() {
        open(Agents.source("crm", server.url(), 500, 0, true));
        server.next(FakeAnswer.status(500, "{}"), FakeAnswer.hang());
        assertThatThrownBy(() -> made(begin("q"))).satisfies(it -> says(it, "error", 502));
        Future<ContextTask.Answer> hangs = begin("q");
        server.request(2);
        advance(Duration.ofMillis(200));
        assertThatThrownBy(() -> made(hangs)).satisfies(it -> says(it, "timeout", 504));
        guard.always(OPEN);
        assertThatThrownBy(() -> made(begin("q"))).satisfies(it -> says(it, "open", 502));
    }

    private static void says(Throwable thrown, String reason, int status) {
        var problem = ((ProblemException) thrown).problem();
        assertThat(problem.dependency()).isEqualTo("source:crm");
        assertThat(problem.reason()).isEqualTo(reason);
        assertThat(problem.status()).isEqualTo(status);
    }

    @Test
    void an_agent_without_sources_pays_nothing() {
        open();
        assertThat(begin("q").isComplete()).isTrue();
        assertThat(onLoop(time::pending)).isZero();
        assertThat(guard.asks).isEmpty();
    }

    /** A question that is answered when the turn has gone on. */
    private void late(String query, String text) {
        server.next(items(text).hold());
        Future<ContextTask.Answer> answer = begin(query);
        server.request(1);
        advance(Duration.ofMillis(200));
        assertThat(crm(made(answer)).status()).isEqualTo(SourceStatus.LATE);
        server.releaseHeld();
        until("it has ended", () -> !guard.outcomes.isEmpty());
        assertThat(guard.outcomes.getFirst()).isInstanceOf(Outcome.Ok.class);
    }

    /** The server has the request a moment before the loop knows that it was written. */
    private void sentIsMarked() {
        until("two timers run", () -> onLoop(time::pending) == 2);
    }
}
