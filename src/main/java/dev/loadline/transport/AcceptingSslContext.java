package dev.loadline.transport;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.ApplicationProtocolNegotiator;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;

import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSessionContext;

/**
 * A {@link LiveSslContext} that tells of each connection before its hand-shake: the first that can
 * be known of it, since the server tells of it when the hand-shake is done. Any thread.
 */
final class AcceptingSslContext extends SslContext {
    private final LiveSslContext live;
    private final Consumer<Channel> accepted;

    /**
     * @param accepted told of a connection on its event loop; may close it
     */
    AcceptingSslContext(LiveSslContext live, Consumer<Channel> accepted) {
        this.live = live;
        this.accepted = accepted;
    }

    /** The engine is the one that the context makes for its own handlers, not for others'. */
    private static final class Telling extends SslHandler {
        private final Consumer<Channel> accepted;

        private Telling(SSLEngine engine, Executor tasks, Consumer<Channel> accepted) {
            super(engine, false, tasks);
            this.accepted = accepted;
        }

        @Override
        public void handlerAdded(ChannelHandlerContext context) throws Exception {
            super.handlerAdded(context);
            accepted.accept(context.channel());
        }
    }

    @Override
    protected SslHandler newHandler(ByteBufAllocator memory, boolean startTls, Executor tasks) {
        return new Telling(live.newHandler(memory, startTls, tasks).engine(), tasks, accepted);
    }

    @Override
    protected SslHandler newHandler(
            ByteBufAllocator memory, String host, int port, boolean startTls, Executor tasks) {
        SslHandler made = live.newHandler(memory, host, port, startTls, tasks);
        return new Telling(made.engine(), tasks, accepted);
    }

    @Override
    public SSLEngine newEngine(ByteBufAllocator memory) {
        return live.newEngine(memory);
    }

    @Override
    public SSLEngine newEngine(ByteBufAllocator memory, String host, int port) {
        return live.newEngine(memory, host, port);
    }

    @Override
    public boolean isClient() {
        return false;
    }

    @Override
    public List<String> cipherSuites() {
        return live.cipherSuites();
    }

    @Override
    @SuppressWarnings("deprecation") // it is what there is to override
    public ApplicationProtocolNegotiator applicationProtocolNegotiator() {
        return live.applicationProtocolNegotiator();
    }

    @Override
    public SSLSessionContext sessionContext() {
        return live.sessionContext();
    }
}
