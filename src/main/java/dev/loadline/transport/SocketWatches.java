package dev.loadline.transport;

import dev.loadline.core.ConversationKey;
import dev.loadline.core.Principal;
import dev.loadline.core.Problem;
import dev.loadline.core.ProblemException;
import dev.loadline.core.TurnId;
import dev.loadline.engine.Turns;
import dev.loadline.mailbox.HeavyWork;
import dev.loadline.turn.Conversation;
import dev.loadline.turn.Message;
import dev.loadline.turn.Page;
import dev.loadline.turn.Status;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The conversations that one WebSocket watches: every turn of them is streamed, however it began.
 * Turns that come while an answer is due which must precede them are held back. One loop.
 */
final class SocketWatches {
    private static final int MESSAGES_MAX = 50;

    /** One conversation. */
    private static final class Watched {
        private final String conversation;
        private String ref;
        private Turns.@Nullable Watch registration;
        private int reads; // under way, whose answer must come first
        private final Set<TurnId> held = new LinkedHashSet<>(0);

        private Watched(String conversation, String ref) {
            this.conversation = conversation;
            this.ref = ref;
        }
    }

    /** What is answered to a watch. */
    private record State(Conversation conversation, @Nullable Page<Message> messages) {}

    private final SocketDesk desk;
    private final SocketTurns turns;
    private final SocketWriter writer;
    private final Fanouts fanouts;
    private final TransportParts parts;
    private final Principal principal;
    private final Map<String, Watched> watched = new HashMap<>();
    private final Map<String, Integer> submits = new HashMap<>(); // under way

    SocketWatches(
            SocketDesk desk,
            SocketTurns turns,
            SocketWriter writer,
            Fanouts fanouts,
            TransportParts parts,
            Principal principal) {
        this.desk = desk;
        this.turns = turns;
        this.writer = writer;
        this.fanouts = fanouts;
        this.parts = parts;
        this.principal = principal;
    }

    /** First the registration, then what is there: nothing falls between. */
    void watch(SocketRequest.Watch asked) {
        String id = asked.conversation();
        Watched known = watched.get(id);
        if (known == null && watched.size() >= parts.policy().streamsPerSocket()) {
            throw new ProblemException(
                    Problem.of(
                            Problem.Code.OVERLOADED,
                            "a socket watches at most "
                                    + parts.policy().streamsPerSocket()
                                    + " conversations"));
        }
        Watched watch = known == null ? register(id, asked.ref()) : known;
        watch.ref = asked.ref();
        watch.reads++;
        read(new ConversationKey(principal, id), asked.since())
                .compose(state -> bytes(answer(asked.ref(), state), state))
                .onComplete(
                        answer -> {
                            watch.reads--;
                            desk.answer(answer);
                            release(watch);
                        },
                        why -> {
                            watch.reads--;
                            if (known == null) forget(watch);
                            desk.fail(asked.ref(), named(why));
                            release(watch);
                        });
    }

    private Watched register(String conversation, String ref) {
        var watch = new Watched(conversation, ref);
        watched.put(conversation, watch);
        watch.registration =
                parts.turns()
                        .watch(
                                new ConversationKey(principal, conversation),
                                turn -> fanouts.later(() -> entered(watch, turn)),
                                () -> fanouts.later(() -> deleted(watch)));
        return watch;
    }

    /** The turns first: what one of them says before it ends is then among the messages. */
    private Future<State> read(ConversationKey key, @Nullable String since) {
        return parts.turns()
                .conversation(key)
                .compose(
                        there ->
                                since == null
                                        ? Future.succeededFuture(new State(there, null))
                                        : parts.turns()
                                                .messages(key, MESSAGES_MAX, null, since)
                                                .map(page -> new State(there, page)));
    }

    private Future<Buffer> bytes(SocketSays answer, State state) {
        Page<Message> said = state.messages();
        return said == null || Weight.of(said) <= HeavyWork.SMALL
                ? Future.succeededFuture(answer.bytes())
                : fanouts.heavy().run(answer::bytes);
    }

    private SocketSays answer(String ref, State state) {
        List<SocketSays.TurnStatus> open = new ArrayList<>();
        String running = state.conversation().running();
        if (running != null) open.add(new SocketSays.TurnStatus(running, Status.RUNNING));
        for (String each : state.conversation().waiting()) {
            open.add(new SocketSays.TurnStatus(each, Status.QUEUED));
        }
        Watched watch = watched.get(state.conversation().id());
        if (watch != null) open.forEach(each -> watch.held.add(new TurnId(each.turn())));
        Page<Message> page = state.messages();
        return new SocketSays.Ok(
                ref,
                null,
                null,
                open,
                page == null ? null : page.items(),
                page == null || page.next() == null ? null : true);
    }

    /** The engine knows the member by another name. */
    private static Throwable named(Throwable why) {
        if (!(why instanceof ProblemException known)) return why;
        var errors = known.problem().errors();
        boolean since = errors != null && errors.stream().anyMatch(e -> e.path().equals("after"));
        if (!since) return why;
        return new ProblemException(
                Problem.invalid("since", "is not the id of a message of this conversation"));
    }

    void unwatch(String conversation) {
        Watched watch = watched.get(conversation);
        if (watch == null) return;
        forget(watch);
        turns.unwatched(conversation);
    }

    private void forget(Watched watch) {
        watched.remove(watch.conversation, watch);
        watch.held.clear();
        if (watch.registration != null) watch.registration.close();
    }

    // --- turns that come

    private void entered(Watched watch, TurnId turn) {
        if (watched.get(watch.conversation) != watch) return;
        watch.held.add(turn);
        release(watch);
    }

    /** What is streamed of it goes on to its end; a word that has no room is told by its turns. */
    private void deleted(Watched watch) {
        if (watched.get(watch.conversation) != watch) return;
        forget(watch);
        if (desk.roomForMore())
            writer.say(new SocketSays.Failed(watch.ref, Problem.notFound("conversation")));
    }

    /** A submission's answer precedes its turn's events, whoever streams them. */
    void submits(String conversation) {
        submits.merge(conversation, 1, Integer::sum);
    }

    void submitted(String conversation) {
        submits.computeIfPresent(conversation, (id, count) -> count == 1 ? null : count - 1);
        Watched watch = watched.get(conversation);
        if (watch != null) release(watch);
    }

    private void release(Watched watch) {
        if (watched.get(watch.conversation) != watch) return;
        if (watch.reads > 0 || submits.containsKey(watch.conversation)) return;
        List<TurnId> due = List.copyOf(watch.held);
        watch.held.clear();
        for (TurnId turn : due) stream(watch, turn);
    }

    private void stream(Watched watch, TurnId turn) {
        if (turns.streams(turn)) return;
        Problem noRoom = turns.reserve(null);
        if (noRoom == null) desk.stream(watch.ref, turn, watch.conversation);
        else if (desk.roomForMore()) {
            writer.say(new SocketSays.Failed(watch.ref, noRoom.withTurn(turn)));
        }
    }

    void close() {
        for (Watched each : List.copyOf(watched.values())) forget(each);
    }
}
