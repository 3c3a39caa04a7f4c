package dev.loadline.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Error;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.impl.HttpServerConnection;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends what a peer does not take. {@link HttpConnection#close} writes out what waits before it
 * closes, so for such a peer it never would; the socket under it is closed at once.
 */
final class Cut {
    private static final Logger LOG = LoggerFactory.getLogger(Cut.class);

    private Cut() {}

    /**
     * Ends one answer in its middle: over HTTP/2 the other streams of its connection go on, else
     * that is the end of the connection.
     */
    static void answer(HttpServerRequest request, Http2Error why) {
        if (request.version() == HttpVersion.HTTP_2) {
            request.response().reset(why.code()).onComplete(told -> {});
        } else {
            now(request.connection());
        }
    }

    /**
     * What waits to be written is dropped. The socket is told by the first of its handlers, or TLS
     * would wait for its good-bye to be taken.
     */
    static void now(HttpConnection connection) {
        if (connection instanceof HttpServerConnection server) {
            Channel channel = server.channelHandlerContext().channel();
            ChannelHandlerContext first = channel.pipeline().firstContext();
            (first == null ? channel.close() : first.close()) // it has none once it is closed
                    .addListener(closed -> LOG.debug("cut {}", connection.remoteAddress()));
        } else {
            connection.close().onComplete(closed -> {});
        }
    }
}
