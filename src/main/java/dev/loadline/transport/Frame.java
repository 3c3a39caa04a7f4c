package dev.loadline.transport;

import dev.loadline.turn.Cursor;

import io.vertx.core.buffer.Buffer;

import org.jspecify.annotations.Nullable;

/**
 * Whole events in their bytes on the wire, to be sent to any number of streams.
 *
 * @param end the cursor past them in the feed; absent for what does not stand in a feed
 * @param last true if the response ends behind it
 * @param sharedAs the name under which {@link SharedFrames} keeps it, if it does
 */
record Frame(Buffer bytes, @Nullable Cursor end, boolean last, @Nullable String sharedAs) {}
