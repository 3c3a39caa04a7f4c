package dev.loadline.transport;

import dev.loadline.core.TurnId;

import org.jspecify.annotations.Nullable;

/** One turn that is streamed on a WebSocket. One loop. */
final class SocketStream implements Fanout.Reader, SocketWriter.Source {
    final TurnId turn;
    private final SocketTurns turns;
    private Following following;
    private @Nullable String watched;
    private @Nullable Following sending; // whose frame is being sent
    private boolean speaking; // in the writer's rotation
    private boolean searching; // for where it goes on
    private boolean ended;

    /**
     * @param watched the conversation by whose watch it is streamed; null if it was asked for
     */
    SocketStream(TurnId turn, SocketTurns turns, Following following, @Nullable String watched) {
        this.turn = turn;
        this.turns = turns;
        this.following = following;
        this.watched = watched;
    }

    void start() {
        following.start(this);
        advance();
    }

    /** It goes on from another place; what is being sent is sent to its end. */
    void move(Following to) {
        following.end();
        following = to;
        searching = false;
        start();
    }

    void asked() {
        watched = null;
    }

    @Nullable String watched() {
        return watched;
    }

    /** The cursor to go on from elsewhere; null for the start. */
    @Nullable String cursor() {
        return following.cursor() == null ? null : following.cursor().toString();
    }

    boolean ended() {
        return ended;
    }

    @Override
    public void advance() {
        if (speaking || ended) return;
        speaking = true;
        turns.speaks(this);
    }

    @Override
    public @Nullable Frame next() {
        Frame frame = ended ? null : following.next();
        if (frame != null) {
            sending = following;
            return frame;
        }
        speaking = false;
        if (!ended && !searching && following.left()) {
            searching = true;
            turns.goesOnElsewhere(this);
        }
        return null;
    }

    @Override
    public void sent(Frame frame) {
        Following from = sending;
        sending = null;
        if (from == null) return;
        from.sent(frame);
        if (!frame.last()) return;
        speaking = false; // the writer asks no more
        if (from != following) advance();
        else if (!ended) turns.over(this);
    }

    /** To be called by its owner, once. */
    void end() {
        ended = true;
        following.end();
    }
}
