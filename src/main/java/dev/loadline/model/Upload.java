package dev.loadline.model;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpHeaders;

/**
 * Sends a request's body. A large one goes in pieces, each when the one before is with the network:
 * to copy and encrypt a prompt of megabytes at once would hold the loop. One loop.
 */
final class Upload {
    private static final int PIECE = 128 * 1024;

    private final Context loop;
    private final HttpClientRequest request;
    private final Buffer body;
    private final Promise<Void> sent = Promise.promise();

    private Upload(HttpClientRequest request, Buffer body) {
        this.loop = Vertx.currentContext();
        this.request = request;
        this.body = body;
    }

    /** Completes when all is written. */
    static Future<Void> of(HttpClientRequest request, Buffer body) {
        if (body.length() <= PIECE) return request.end(body);
        request.putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(body.length()));
        var upload = new Upload(request, body);
        upload.piece(0);
        return upload.sent.future();
    }

    private void piece(int from) {
        int end = Math.min(body.length(), from + PIECE);
        Buffer piece = body.slice(from, end);
        if (end == body.length()) request.end(piece).onComplete(sent);
        else request.write(piece).onComplete(taken -> later(end), sent::fail);
    }

    /** What is taken at once must not hold the loop either. */
    private void later(int from) {
        loop.runOnContext(run -> piece(from));
    }
}
