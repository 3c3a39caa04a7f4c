package dev.loadline.transport;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import dev.loadline.core.Clock;
import dev.loadline.core.ContextReport;
import dev.loadline.core.Json;
import dev.loadline.core.Origin;
import dev.loadline.core.Problem;
import dev.loadline.core.TurnId;
import dev.loadline.core.Usage;
import dev.loadline.engine.Turns;
import dev.loadline.turn.Approval;
import dev.loadline.turn.By;
import dev.loadline.turn.Call;
import dev.loadline.turn.CallStatus;
import dev.loadline.turn.Chain;
import dev.loadline.turn.Conversation;
import dev.loadline.turn.Degradation;
import dev.loadline.turn.Effect;
import dev.loadline.turn.Feed;
import dev.loadline.turn.Finish;
import dev.loadline.turn.Message;
import dev.loadline.turn.Page;
import dev.loadline.turn.Status;
import dev.loadline.turn.Step;
import dev.loadline.turn.Submitted;
import dev.loadline.turn.Timings;
import dev.loadline.turn.Turn;
import dev.loadline.turn.TurnEvent;
import dev.loadline.turn.Waiting;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Goal: the server's JSON is what {@code loadline.d.ts} says. Method: the fullest and the emptiest
 * of each record, and every event, held against the types that ship.
 */
class WireTypesTest {
    private static final String TIME = FakeTurns.TIME;
    private static final Usage USAGE = new Usage(10, 2, 5, 1, 0.25, 1, true);
    private static final Timings TIMINGS = new Timings(1, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L);
    private static final Degradation DEGRADATION =
            new Degradation("memory", "timeout", "without", 10L, "nothing", 1);
    private static final JsonNode ARGUMENTS = JsonNodeFactory.instance.objectNode().put("a", 1);

    private final WireTypes types = new WireTypes(source());

    private static String source() {
        try (InputStream in = WireTypesTest.class.getResourceAsStream("/client/loadline.d.ts")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void holds(String type, Object value) {
        assertThat(types.check(type, Json.read(Json.write(value), JsonNode.class))).isEmpty();
    }

    private static ContextReport context() {
        List<ContextReport.Source> sources = new ArrayList<>();
        for (var status : ContextReport.SourceStatus.values()) {
            sources.add(new ContextReport.Source("history", status, 1, 2, 2, 0, 0, 3));
        }
        return new ContextReport(1, 100, 8000, 5, sources);
    }

    private static Problem problem(Problem.Code code) {
        return Problem.of(code, "why")
                .withRetryAfterMs(5)
                .withTurn(new TurnId("t1"))
                .withReason("timeout")
                .withDependency("model:main")
                .withErrors(List.of(new Problem.FieldError("a", "b")));
    }

    private static Message message() {
        return new Message(
                "m2",
                "t1",
                Message.Role.ASSISTANT,
                "hi",
                TIME,
                "k",
                Origin.CHAT,
                true,
                List.of(new Message.CallSummary("c", "time", CallStatus.OK)),
                List.of("memory"));
    }

    private static Turn fullTurn(Status status, Finish finish, By by, Origin origin) {
        Call call =
                new Call(
                        "c", "time", ARGUMENTS, Effect.READ, CallStatus.OPEN, 1L, "p", false, "t2");
        Step step = new Step(1, "main", "hi", "hm", List.of(call), USAGE, 12L);
        return new Turn(
                "t1",
                "c1",
                "assistant",
                status,
                origin,
                "t1.1.0.0",
                new Waiting("approval", "c", "model:main", 5L),
                1,
                "n1",
                List.of(message()),
                List.of(step),
                "hi",
                "hi",
                finish,
                problem(Problem.Code.INTERNAL),
                by,
                USAGE,
                TIMINGS,
                context(),
                List.of(DEGRADATION),
                List.of(new Approval(1, "c", "time", ARGUMENTS, TIME, "approve", "me", "ok")),
                new Chain("t1", "t0", 1, "task", List.of("t2")),
                TIME,
                TIME,
                Map.of("a", "b"));
    }

    @Test
    void turns_in_all_their_states_are_as_declared() {
        for (Status status : Status.values()) {
            holds("Turn", fullTurn(status, Finish.STOP, By.USER, Origin.CHAT));
        }
        for (Finish finish : Finish.values()) {
            holds("Turn", fullTurn(Status.COMPLETED, finish, By.USER, Origin.CHAT));
        }
        for (By by : By.values()) {
            holds("Turn", fullTurn(Status.CANCELLED, Finish.STOP, by, Origin.CHAT));
        }
        for (Origin origin : Origin.values()) {
            holds("Turn", fullTurn(Status.FAILED, Finish.STOP, By.USER, origin));
        }
        Turn bare = FakeTurns.view("t1", Status.QUEUED, "t1.1.0.0", "");
        holds("Turn", bare);
        holds("Page<Turn>", new Page<>(List.of(bare.withoutSteps()), "t1", "t2"));
    }

    @Test
    void the_other_shapes_are_as_declared() {
        for (Problem.Code code : Problem.Code.values()) holds("Problem", problem(code));
        holds("Problem", Problem.of(Problem.Code.NOT_FOUND, "gone"));
        holds("Message", message());
        holds("Message", FakeTurns.message("t1", "hi"));
        holds(
                "Conversation",
                new Conversation("c1", "assistant", TIME, TIME, 3, "t1", List.of("t2"), "hi"));
        holds(
                "Page<Conversation>",
                new Page<>(
                        List.of(new Conversation("c", "a", TIME, TIME, 0, null, List.of(), null)),
                        null,
                        null));
        holds("Submitted", new Submitted("t1", "c1", true, true, 2, 1));
        holds("Submitted", new Submitted("t1", "c1", false, null, null, null));
        holds("Agent", new Turns.AgentView("assistant", "helps", List.of("time"), "main", false));
        for (CallStatus status : CallStatus.values()) {
            for (Effect effect : Effect.values()) {
                JsonNode text = JsonNodeFactory.instance.textNode("{broken");
                holds("Call", new Call("c", "t", text, effect, status, null, null, null, null));
            }
        }
    }

    @Test
    void every_event_is_as_declared() {
        Feed feed = FakeTurns.newFeed("t1");
        feed.happened(
                new TurnEvent.Accepted(
                        "c1", "assistant", Origin.CHAT, FakeTurns.message("t1", "hi")));
        feed.happened(new TurnEvent.Queued(1));
        feed.happened(
                new TurnEvent.Input(
                        1, Message.ofUser("m3", "t1", "more", TIME, null, Origin.CHAT)));
        feed.happened(new TurnEvent.Started("n1", 1));
        feed.happened(new TurnEvent.ContextReady(context()));
        feed.happened(new TurnEvent.Degraded(DEGRADATION));
        feed.happened(new TurnEvent.Parked("rate_limit", "model:main", 0));
        feed.happened(new TurnEvent.Resumed());
        feed.text("hi");
        feed.reasoning("hm");
        feed.reset("takeover");
        List<String> seen = new ArrayList<>();
        var frames = new Frames(Framing.SSE, new StreamCounts(), Clock.system());
        Frame all = frames.past(feed.start(), feed);
        checkEvents(all.bytes().toString(), seen);
        for (TurnEvent.Last last :
                List.of(
                        new TurnEvent.Completed(Finish.STOP, USAGE, TIMINGS, "t2"),
                        new TurnEvent.Failed(problem(Problem.Code.INTERNAL)),
                        new TurnEvent.Cancelled(By.USER))) {
            Feed ended = FakeTurns.newFeed("t1");
            ended.text("hi");
            ended.happened(last);
            checkEvents(frames.last(ended, last, "x").bytes().toString(), seen);
        }
        Turn turn = fullTurn(Status.RUNNING, Finish.STOP, By.USER, Origin.CHAT);
        checkEvents(frames.snapshot(turn, "x").bytes().toString(), seen);
        assertThat(seen)
                .containsExactly(
                        "turn.accepted",
                        "turn.queued",
                        "turn.input",
                        "turn.started",
                        "context.ready",
                        "turn.degraded",
                        "turn.waiting",
                        "turn.resumed",
                        "text.delta",
                        "reasoning.delta",
                        "text.reset",
                        "turn.completed",
                        "turn.failed",
                        "turn.cancelled",
                        "snapshot");
    }

    private void checkEvents(String stream, List<String> seen) {
        for (String event : stream.split("\n\n", 0)) {
            String[] lines = event.split("\n", 0);
            String type = lines[0].substring("event: ".length());
            JsonNode data = Json.read(lines[2].substring("data: ".length()), JsonNode.class);
            assertThat(types.checkMember("Events", type, data)).isEmpty();
            seen.add(type);
        }
    }

    @Test
    void what_the_server_says_about_itself_is_as_declared() {
        try (var server = new TestServer();
                Wire wire = server.wire()) {
            assertThat(types.check("Me", wire.get("/api/me").answer().json())).isEmpty();
            JsonNode agents = wire.get("/api/agents").answer().json();
            assertThat(types.check("Page<Agent>", agents)).isEmpty();
            JsonNode missing = wire.get("/api/nothing").answer().json();
            assertThat(types.check("Problem", missing)).isEmpty();
        }
    }

    @Test
    void a_difference_is_found() {
        JsonNode agent =
                Json.read("{\"name\":1,\"model\":null,\"tools\":[2],\"x\":1}", JsonNode.class);
        assertThat(types.check("Agent", agent))
                .containsExactlyInAnyOrder(
                        "Agent.name: is no string: 1",
                        "Agent.tools[0]: is no string: 2",
                        "Agent.model: is null",
                        "Agent.rehearsal: is missing",
                        "Agent.x: is not declared");
        JsonNode status = Json.read("\"gone\"", JsonNode.class);
        assertThat(types.check("Status", status)).hasSize(1);
        JsonNode load = Json.read("{\"level\":0.5,\"at\":\"t\",\"node\":\"n\"}", JsonNode.class);
        assertThat(types.check("Reading<Load>", load))
                .contains("Reading<Load>.maxTurns: is missing");
    }
}
