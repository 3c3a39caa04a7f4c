package dev.loadline.model;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;

/** An answer whose status is not 2xx. At most 64 KiB of its body are read. */
final class RefusedAnswer implements UpstreamAnswer {
    private static final int BYTES_MAX = 64 * 1024;

    private final RemoteCall call;
    private final Chunk chunk;
    private final HttpClientResponse response;
    private final Bytes body = new Bytes();

    RefusedAnswer(RemoteCall call, HttpClientResponse response, Chunk chunk) {
        this.call = call;
        this.chunk = chunk;
        this.response = response;
    }

    @Override
    public void bytes(Buffer part) {
        int take = Math.min(part.length(), BYTES_MAX - body.length());
        body.append(part.getBytes(), 0, take);
        if (body.length() == BYTES_MAX) end();
    }

    @Override
    public void end() {
        if (!chunk.read(body.array(), body.length())) chunk.error = false;
        call.refused(response, chunk, body.utf8());
    }
}
