package dev.loadline.model;

import io.vertx.core.buffer.Buffer;

/** A whole answer as one JSON object: some servers give it although a stream was asked for. */
final class WholeAnswer implements UpstreamAnswer {
    private static final int BYTES_MAX = 16 * 1024 * 1024;

    private final RemoteCall call;
    private final Chunk chunk;
    private final Bytes body = new Bytes();

    WholeAnswer(RemoteCall call, Chunk chunk) {
        this.call = call;
        this.chunk = chunk;
    }

    @Override
    public void bytes(Buffer part) {
        if (body.length() + part.length() > BYTES_MAX) call.garbage("an answer of over 16 MiB");
        else body.append(part.getBytes(), 0, part.length());
    }

    @Override
    public void end() {
        if (!chunk.read(body.array(), body.length())) {
            call.garbage("the answer is not a JSON object");
        } else if (chunk.error) {
            call.errorInside(chunk);
        } else if (!chunk.hasAnswer) {
            call.garbage("an object that is no answer");
        } else {
            if (chunk.finish == null) chunk.finish = "stop"; // it is whole, for the JSON is
            call.take(chunk);
            if (!call.over()) call.complete();
        }
    }
}
