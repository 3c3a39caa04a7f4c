package dev.loadline.model;

import io.vertx.core.buffer.Buffer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A stream of server-sent events, a chunk each, until the last one, {@code [DONE]} or the end of
 * the body.
 */
final class StreamedAnswer implements UpstreamAnswer, SseParser.Events {
    private static final byte[] DONE = "[DONE]".getBytes(StandardCharsets.US_ASCII);

    private final RemoteCall call;
    private final byte[] scratch;
    private final SseParser parser = new SseParser(this);
    private final Chunk chunk;
    private boolean heardEvents;
    private boolean ending;

    StreamedAnswer(RemoteCall call, Chunk chunk, byte[] scratch) {
        this.call = call;
        this.chunk = chunk;
        this.scratch = scratch;
    }

    @Override
    public void bytes(Buffer part) {
        int at = 0;
        while (at < part.length() && !call.over()) {
            int end = Math.min(part.length(), at + scratch.length);
            part.getBytes(at, end, scratch, 0);
            if (parser.feed(scratch, 0, end - at) == SseParser.Fed.TOO_LONG)
                call.garbage("a line of over 1 MiB");
            at = end;
        }
    }

    @Override
    public void end() {
        ending = true;
        if (parser.end() == SseParser.Fed.TOO_LONG) call.garbage("an event of over 1 MiB");
        if (call.over()) return;
        if (!heardEvents && parser.foreign()) call.garbage("the answer is not a stream of events");
        else call.complete();
    }

    @Override
    public boolean event(byte[] data, int length, boolean error) {
        if (length == 0) return true;
        heardEvents = true;
        if (length >= DONE.length && Arrays.equals(data, 0, DONE.length, DONE, 0, DONE.length)) {
            call.complete();
        } else if (chunk.read(data, length)) {
            if (error || chunk.error) call.errorInside(chunk);
            else take();
        } else if (!ending) { // at the end it may have been cut
            call.garbage("an event that is not a JSON object");
        }
        return !call.over();
    }

    private void take() {
        call.take(chunk);
        if (chunk.last && !call.over()) call.complete();
    }
}
