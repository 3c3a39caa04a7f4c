package dev.loadline.transport;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.core.ConversationKey;
import dev.loadline.core.Principal;
import dev.loadline.core.Problem;
import dev.loadline.core.ProblemException;
import dev.loadline.core.TurnId;
import dev.loadline.engine.Attachment;
import dev.loadline.engine.Submission;
import dev.loadline.engine.Turns;
import dev.loadline.telemetry.Stage;
import dev.loadline.turn.By;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Carries out what a known principal asks on one WebSocket. While too much is under way, nothing
 * more is read. One loop.
 */
final class SocketDesk {
    private static final int UNDER_WAY_MAX = 64;

    /** Bytes of answers that wait for a client that does not take them. */
    private static final int WAITING_MAX = 256 * 1024;

    private static final int FELT_KEPT = 256;

    private final Intake intake;
    private final SocketWriter writer;
    private final Answers answers;
    private final TransportParts parts;
    private final Principal principal;
    private final SocketTurns turns;
    private final SocketWatches watches;
    private final Set<TurnId> felt = new LinkedHashSet<>(0);
    private int underWay; // asked and not yet answered
    private boolean paused;
    private boolean closed;

    SocketDesk(
            Intake intake,
            SocketWriter writer,
            Sockets sockets,
            TransportParts parts,
            Principal principal) {
        this.intake = intake;
        this.writer = writer;
        this.answers = sockets.answers();
        this.parts = parts;
        this.principal = principal;
        this.turns =
                new SocketTurns(
                        principal,
                        writer,
                        sockets,
                        parts.policy(),
                        parts.timers(),
                        (turn, after) -> parts.turns().attach(principal, turn, after));
        this.watches = new SocketWatches(this, turns, writer, sockets.fanouts(), parts, principal);
    }

    SocketTurns turns() {
        return turns;
    }

    /** True while the client is not read. */
    boolean paused() {
        return paused;
    }

    void serve(JsonNode frame) {
        begins();
        String ref = SocketRequest.ref(frame);
        try {
            carryOut(SocketRequest.read(frame));
        } catch (RuntimeException e) {
            fail(ref, e);
        }
    }

    private void carryOut(SocketRequest request) {
        switch (request) {
            case SocketRequest.Auth known -> ends(); // who it is was settled before
            case SocketRequest.Submit submit -> submit(submit);
            case SocketRequest.Attach attach -> attach(attach);
            case SocketRequest.Detach(String ref, TurnId turn) -> {
                turns.detach(turn);
                answer(SocketSays.Ok.to(ref));
            }
            case SocketRequest.Watch watch -> watches.watch(watch);
            case SocketRequest.Unwatch(String ref, String conversation) -> {
                watches.unwatch(conversation);
                answer(SocketSays.Ok.to(ref));
            }
            case SocketRequest.Cancel(String ref, TurnId turn) ->
                    when(
                            ref,
                            parts.turns().cancel(principal, turn, By.USER),
                            asked -> answer(SocketSays.Ok.to(ref)));
            case SocketRequest.Approve(String ref, TurnId turn, String call) ->
                    when(
                            ref,
                            parts.turns().turn(principal, turn),
                            found -> fail(ref, new ProblemException(Problem.notFound("call"))));
            case SocketRequest.Ping(JsonNode at) -> answer(new SocketSays.Pong(at));
            case SocketRequest.Pong pong -> ends();
            case SocketRequest.Felt(TurnId turn, long firstTokenMs) -> felt(turn, firstTokenMs);
        }
    }

    // --- submit

    private void submit(SocketRequest.Submit asked) {
        if (parts.draining().getAsBoolean()) {
            throw new ProblemException(
                    Problem.of(Problem.Code.DRAINING, "send this again: another node takes it"));
        }
        long now = parts.clock().nanos();
        String known = asked.conversation();
        Submission submission = submission(asked, now);
        Problem noRoom = asked.attach() ? turns.reserve(null) : null;
        if (noRoom != null) throw new ProblemException(noRoom);
        if (known != null) watches.submits(known);
        Future<Submission.Reply> submitted;
        try {
            submitted = parts.turns().submit(submission);
        } catch (RuntimeException e) {
            submitted = Future.failedFuture(e);
        }
        submitted.onComplete(
                reply -> {
                    answer(SocketSays.Ok.to(asked.ref(), reply.submitted()));
                    TurnId turn = new TurnId(reply.submitted().turn());
                    if (asked.attach()) stream(asked.ref(), turn, null);
                    if (known != null) watches.submitted(known);
                },
                why -> {
                    if (asked.attach()) turns.unreserve();
                    fail(asked.ref(), why);
                    if (known != null) watches.submitted(known);
                });
    }

    private Submission submission(SocketRequest.Submit asked, long now) {
        String known = asked.conversation();
        String id = known == null ? parts.ids().conversation() : known;
        var key = new ConversationKey(principal, id);
        Submission submission = Requests.submit(asked.submit(), List.of(), key, now, now);
        String agent = asked.agent();
        if (agent == null && known != null) return submission;
        return submission.opening(agent == null ? onlyAgent() : agent);
    }

    private String onlyAgent() {
        List<String> all = parts.turns().agents().stream().map(Turns.AgentView::name).toList();
        if (all.size() == 1) return all.getFirst();
        String message = "is required for a new conversation, one of " + String.join(", ", all);
        throw new ProblemException(Problem.invalid("agent", message));
    }

    // --- streams

    /**
     * Streams a turn from its start, in room that is reserved; one that is streamed already stays
     * where it is.
     */
    void stream(String ref, TurnId turn, @Nullable String watched) {
        if (turns.streams(turn)) {
            streamed(turn, watched);
            return;
        }
        parts.turns()
                .attach(principal, turn, null)
                .onComplete(
                        found -> {
                            if (turns.streams(turn)) streamed(turn, watched);
                            else turns.start(turn, found, watched);
                        },
                        why -> {
                            turns.unreserve();
                            if (!closed) writer.say(new SocketSays.Failed(ref, problem(why)));
                        });
    }

    private void streamed(TurnId turn, @Nullable String watched) {
        turns.unreserve();
        if (watched == null) turns.asked(turn);
    }

    private void attach(SocketRequest.Attach asked) {
        Problem noRoom = turns.reserve(asked.turn());
        if (noRoom != null) throw new ProblemException(noRoom);
        parts.turns()
                .attach(principal, asked.turn(), asked.after())
                .onComplete(
                        found -> {
                            boolean over = found instanceof Attachment.Over;
                            String ref = asked.ref();
                            answer(over ? SocketSays.Ok.ended(ref) : SocketSays.Ok.to(ref));
                            turns.start(asked.turn(), found, null);
                        },
                        why -> {
                            turns.unreserve();
                            fail(asked.ref(), why);
                        });
    }

    // --- felt

    private void felt(TurnId turn, long ms) {
        if (felt.contains(turn)) {
            ends();
            return;
        }
        when(
                null,
                parts.turns().turn(principal, turn),
                found -> {
                    if (felt.add(turn)) {
                        if (felt.size() > FELT_KEPT) felt.remove(felt.iterator().next());
                        parts.metrics()
                                .agent(found.agent())
                                .stage(Stage.FELT, Duration.ofMillis(ms));
                    }
                    ends();
                });
    }

    // --- answers, and how many of them are due

    /** Carries on when the future completes; what fails is answered. */
    <T> void when(@Nullable String ref, Future<T> future, Consumer<T> then) {
        future.onComplete(
                value -> {
                    try {
                        then.accept(value);
                    } catch (RuntimeException e) {
                        fail(ref, e);
                    }
                },
                why -> fail(ref, why));
    }

    void answer(SocketSays answer) {
        answer(answer.bytes());
    }

    void answer(Buffer bytes) {
        writer.say(bytes, this::ends);
    }

    void fail(@Nullable String ref, Throwable why) {
        answer(new SocketSays.Failed(ref, problem(why)));
    }

    private Problem problem(Throwable why) {
        return answers.withoutHeaders(answers.problem(why, "/api/ws"));
    }

    private void begins() {
        underWay++;
        boolean enough = underWay >= UNDER_WAY_MAX || writer.waitingBytes() >= WAITING_MAX;
        if (!enough || paused) return;
        paused = true;
        intake.hold();
    }

    private void ends() {
        underWay--;
        boolean few = underWay <= UNDER_WAY_MAX / 2 && writer.waitingBytes() < WAITING_MAX;
        if (!paused || !few || closed) return;
        paused = false;
        intake.release();
    }

    /** True while there is room for a word that nobody has asked for. */
    boolean roomForMore() {
        return writer.waitingBytes() < WAITING_MAX;
    }

    void close() {
        closed = true;
        watches.close();
        turns.close();
    }
}
