package dev.loadline.transport;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolNegotiator;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.ReferenceCounted;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Function;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSessionContext;

/**
 * What stands behind a listening socket: new connections get the context of the moment, and each
 * keeps the one it began with alive until it ends. So a replaced one goes with its last connection,
 * which matters because contexts are native memory. Any thread.
 */
final class LiveSslContext extends SslContext {
    private SslContext current; // under this lock, as are the two below
    private final List<SslContext> replaced = new ArrayList<>(); // which connections still use
    private boolean closed;

    LiveSslContext(SslContext first) {
        this.current = first;
    }

    /** The one that new connections get. */
    synchronized SslContext current() {
        return current;
    }

    synchronized void replace(SslContext next) {
        if (closed) {
            ReferenceCountUtil.release(next);
            return;
        }
        SslContext old = current;
        current = next;
        ReferenceCountUtil.release(old);
        if (old instanceof ReferenceCounted) replaced.add(old);
        forget();
    }

    /** How many are in memory: the current one, and those that open connections still use. */
    synchronized int alive() {
        forget();
        return replaced.size() + (closed ? 0 : 1);
    }

    private void forget() {
        replaced.removeIf(old -> ReferenceCountUtil.refCnt(old) <= 0);
    }

    /** Gives the memory back as soon as the last connection is gone; new ones are not possible. */
    synchronized void close() {
        if (closed) return;
        closed = true;
        SslContext last = current;
        ReferenceCountUtil.release(last);
        if (last instanceof ReferenceCounted) replaced.add(last);
    }

    /** Under the lock, or what is used could be gone. */
    private synchronized <T> T with(Function<SslContext, T> use) {
        if (closed) throw new IllegalStateException("the server is closed");
        return use.apply(current);
    }

    @Override
    protected SslHandler newHandler(ByteBufAllocator memory, boolean startTls, Executor tasks) {
        return with(context -> context.newHandler(memory, tasks));
    }

    @Override
    protected SslHandler newHandler(
            ByteBufAllocator memory, String host, int port, boolean startTls, Executor tasks) {
        return with(context -> context.newHandler(memory, host, port, tasks));
    }

    @Override
    public SSLEngine newEngine(ByteBufAllocator memory) {
        return with(context -> context.newEngine(memory));
    }

    @Override
    public SSLEngine newEngine(ByteBufAllocator memory, String host, int port) {
        return with(context -> context.newEngine(memory, host, port));
    }

    @Override
    public boolean isClient() {
        return false;
    }

    @Override
    public List<String> cipherSuites() {
        return current().cipherSuites();
    }

    @Override
    @SuppressWarnings("deprecation") // it is what there is to override
    public ApplicationProtocolNegotiator applicationProtocolNegotiator() {
        return current().applicationProtocolNegotiator();
    }

    @Override
    public SSLSessionContext sessionContext() {
        return current().sessionContext();
    }
}
