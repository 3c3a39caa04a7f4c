package dev.loadline.transport;

import dev.loadline.turn.Cursor;

import io.vertx.core.buffer.Buffer;

import org.jspecify.annotations.Nullable;

/** How one client is told of a turn that it follows. One loop. */
interface Wording {
    /** Sent with the headers. */
    Buffer opening();

    /** What follows the cursor in the feed right now; null if nothing does. */
    @Nullable Frame past(Cursor from);

    /** Sent where the stream ends though the turn has not; null: that it ends says enough. */
    @Nullable Buffer breakingOff();

    /** The stream is over, or its client is gone. */
    void left();

    /** Events of the native API, shared by all who stand at the same cursor. */
    static Wording events(@Nullable Fanout fanout) {
        return new Wording() {
            @Override
            public Buffer opening() {
                return Buffer.buffer(Frames.opening());
            }

            @Override
            public @Nullable Frame past(Cursor from) {
                return fanout == null ? null : fanout.past(from);
            }

            @Override
            public @Nullable Buffer breakingOff() {
                return null;
            }

            @Override
            public void left() {}
        };
    }
}
