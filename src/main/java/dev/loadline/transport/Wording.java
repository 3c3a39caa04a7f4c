package dev.loadline.transport;

import dev.loadline.turn.Cursor;

import io.vertx.core.buffer.Buffer;

import org.jspecify.annotations.Nullable;

/** How one client is told of a turn in the words of another API than the native one. One loop. */
interface Wording {
    /** Sent with the headers. */
    Buffer opening();

    /** What follows the cursor in the feed right now; null if nothing does. */
    @Nullable Frame past(Cursor from);

    /** Sent where the stream ends though the turn has not. */
    Buffer breakingOff();

    /** The stream is over, or its client is gone. */
    void left();
}
