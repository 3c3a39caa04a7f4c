package dev.loadline.model;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.impl.HttpClientConnectionInternal;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends a request whose answer nobody wants any more. */
final class UpstreamReset {
    private static final Logger LOG = LoggerFactory.getLogger(UpstreamReset.class);

    private UpstreamReset() {}

    /**
     * @return completes, on any thread, when the provider's server is told: over HTTP/1 its
     *     connection is closed then, over HTTP/2 the reset is written. Never fails
     */
    static Future<Void> of(HttpClientRequest request) {
        Future<Void> reset = request.reset();
        reset.onFailure(gone -> LOG.trace("was closed already", gone));
        if (request.version() == HttpVersion.HTTP_2
                || !(request.connection() instanceof HttpClientConnectionInternal known))
            return reset.otherwiseEmpty();
        Promise<Void> closed = Promise.promise();
        known.channelHandlerContext()
                .channel()
                .closeFuture()
                .addListener(gone -> closed.tryComplete());
        return closed.future();
    }
}
