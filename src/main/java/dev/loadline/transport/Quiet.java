package dev.loadline.transport;

import io.netty.channel.ChannelPipeline;
import io.netty.handler.timeout.IdleStateHandler;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.impl.HttpServerConnection;

import java.util.concurrent.TimeUnit;

/**
 * A connection on which nothing is to move for a while, because its client waits for an answer that
 * is being made: the idle time-out of its socket rests meanwhile. The turn's deadline bounds it,
 * and a client that closes is still seen. The connection's loop.
 */
final class Quiet {
    private static final String IDLE = "idle"; // as the server names it

    private Quiet() {}

    static void begin(HttpConnection connection) {
        if (!(connection instanceof HttpServerConnection server)) return;
        ChannelPipeline pipeline = server.channelHandlerContext().pipeline();
        if (pipeline.get(IDLE) instanceof IdleStateHandler idle)
            pipeline.replace(IDLE, IDLE, new Resting(idle));
    }

    static void end(HttpConnection connection) {
        if (!(connection instanceof HttpServerConnection server)) return;
        ChannelPipeline pipeline = server.channelHandlerContext().pipeline();
        if (pipeline.get(IDLE) instanceof Resting resting)
            pipeline.replace(IDLE, IDLE, resting.anew());
    }

    /** In the place of a handler that can't be used twice; never fires. */
    private static final class Resting extends IdleStateHandler {
        private final long readMs;
        private final long writeMs;
        private final long allMs;

        Resting(IdleStateHandler was) {
            super(0, 0, 0);
            readMs = was.getReaderIdleTimeInMillis();
            writeMs = was.getWriterIdleTimeInMillis();
            allMs = was.getAllIdleTimeInMillis();
        }

        IdleStateHandler anew() {
            return new IdleStateHandler(readMs, writeMs, allMs, TimeUnit.MILLISECONDS);
        }
    }
}
