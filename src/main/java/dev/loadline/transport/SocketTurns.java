package dev.loadline.transport;

import dev.loadline.core.Principal;
import dev.loadline.core.Problem;
import dev.loadline.core.Timers;
import dev.loadline.core.TurnId;
import dev.loadline.engine.Attachment;

import io.vertx.core.Future;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/**
 * The turns that are streamed on one WebSocket: each once, however often it was asked for, and no
 * more than it may have. One loop.
 */
final class SocketTurns {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final int TRIES = 5;

    private final Principal principal;
    private final Room nodeRoom;
    private final SocketWriter writer;
    private final Fanouts fanouts;
    private final ServerPolicy policy;
    private final Timers timers;
    private final BiFunction<TurnId, @Nullable String, Future<Attachment>> attach;
    private final Map<TurnId, SocketStream> streams = new HashMap<>();
    private int room; // taken, by streams and by what is reserved
    private boolean closed;

    SocketTurns(
            Principal principal,
            SocketWriter writer,
            Sockets sockets,
            ServerPolicy policy,
            Timers timers,
            BiFunction<TurnId, @Nullable String, Future<Attachment>> attach) {
        this.writer = writer;
        this.principal = principal;
        this.fanouts = sockets.fanouts();
        this.nodeRoom = sockets.room();
        this.policy = policy;
        this.timers = timers;
        this.attach = attach;
    }

    boolean streams(TurnId turn) {
        return streams.containsKey(turn);
    }

    /** It is asked for by itself, not only by a watch. */
    void asked(TurnId turn) {
        SocketStream stream = streams.get(turn);
        if (stream != null) stream.asked();
    }

    /**
     * Why there is no room for one more, or null: then one is reserved.
     *
     * @param turn that it is for, if that is known: one that is streamed already may move
     */
    @Nullable Problem reserve(@Nullable TurnId turn) {
        boolean moves = turn != null && streams.containsKey(turn);
        if (room >= policy.streamsPerSocket() && !moves) {
            return Problem.of(
                    Problem.Code.OVERLOADED,
                    "a socket streams at most "
                            + policy.streamsPerSocket()
                            + " turns: detach some, or open another");
        }
        if (closed) return Problem.of(Problem.Code.OVERLOADED, "this socket is closed");
        Problem refused = nodeRoom.takesStream(principal);
        if (refused == null) room++;
        return refused;
    }

    /** Gives back what was reserved and not used. */
    void unreserve() {
        room--;
        nodeRoom.givesStream(principal);
    }

    /**
     * Streams what the attachment gives, in the room that is reserved for it; a turn that is
     * streamed already moves there.
     *
     * @param watched by whose watch; null if it was asked for
     */
    void start(TurnId turn, Attachment attachment, @Nullable String watched) {
        SocketStream there = streams.get(turn);
        if (closed || there != null) unreserve();
        if (closed) return;
        if (attachment instanceof Attachment.Over) {
            if (there == null) unreserve();
            else remove(there);
            return;
        }
        Following following = fanouts.follow(attachment, Framing.SOCKET);
        if (there != null) {
            if (watched == null) there.asked();
            there.move(following);
            return;
        }
        var stream = new SocketStream(turn, this, following, watched);
        streams.put(turn, stream);
        stream.start();
    }

    void detach(TurnId turn) {
        SocketStream stream = streams.get(turn);
        if (stream != null) remove(stream);
    }

    /** Those that are only streamed by the watch of this conversation. */
    void unwatched(String conversation) {
        for (SocketStream each : new ArrayList<>(streams.values())) {
            if (conversation.equals(each.watched())) remove(each);
        }
    }

    /** The client takes nothing: it may come back to each of them later. */
    void detachAll() {
        for (SocketStream each : List.copyOf(streams.values())) {
            remove(each);
            writer.say(new SocketSays.Detached(each.turn.value(), "slow"));
        }
    }

    private void remove(SocketStream stream) {
        if (!streams.remove(stream.turn, stream)) return;
        stream.end();
        unreserve();
    }

    void close() {
        closed = true;
        for (SocketStream each : new ArrayList<>(streams.values())) remove(each);
    }

    // --- what a stream tells

    void speaks(SocketStream stream) {
        writer.speaks(stream);
    }

    /** Its last event is written. */
    void over(SocketStream stream) {
        remove(stream);
        writer.say(new SocketSays.Detached(stream.turn.value(), "ended"));
    }

    void goesOnElsewhere(SocketStream stream) {
        // Later: the writer is in the middle of asking who speaks next.
        fanouts.later(() -> find(stream, TRIES, FIRST_PAUSE));
    }

    private void find(SocketStream stream, int triesLeft, Duration pause) {
        if (stream.ended()) return;
        attach.apply(stream.turn, stream.cursor())
                .onComplete(
                        found -> found(stream, found),
                        why -> {
                            if (triesLeft > 1) {
                                timers.after(
                                        pause,
                                        () -> find(stream, triesLeft - 1, pause.multipliedBy(2)));
                            } else if (!stream.ended()) {
                                remove(stream);
                                writer.say(new SocketSays.Detached(stream.turn.value(), "slow"));
                            }
                        });
    }

    private void found(SocketStream stream, Attachment attachment) {
        if (stream.ended()) return;
        if (attachment instanceof Attachment.Over) over(stream);
        else stream.move(fanouts.follow(attachment, Framing.SOCKET));
    }
}
