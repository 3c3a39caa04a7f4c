package dev.loadline.transport;

import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.impl.HttpServerConnection;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes a connection whose peer takes nothing. {@link HttpConnection#close} writes out what waits
 * before it closes, so for such a peer it never would; the socket under it is closed at once.
 */
final class Cut {
    private static final Logger LOG = LoggerFactory.getLogger(Cut.class);

    private Cut() {}

    /** What waits to be written is dropped. */
    static void now(HttpConnection connection) {
        if (connection instanceof HttpServerConnection server) {
            server.channelHandlerContext()
                    .close()
                    .addListener(closed -> LOG.debug("cut {}", connection.remoteAddress()));
        } else {
            connection.close().onComplete(closed -> {});
        }
    }
}
