package dev.loadline.transport;

import dev.loadline.telemetry.ConnectionMeter;
import dev.loadline.telemetry.ConnectionMeter.Refusal;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.AttributeKey;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * Counts connections from the moment they are accepted, before a TLS hand-shake, until their socket
 * is closed, whatever they become meanwhile; those that are too many are closed at once. Any
 * thread.
 *
 * <p>A connection that is refused is told nothing: words would cost what a flood is after, and a
 * client that connects again by its own rules does so after a reset as after a 503.
 */
final class Accepts {
    private static final AttributeKey<Boolean> HELD = AttributeKey.valueOf(Accepts.class, "held");
    private static final String FAULTS = "accept faults";

    private final ServerPolicy policy;
    private final StreamCounts counts;
    private final ConnectionMeter meter;
    private volatile boolean watching;

    Accepts(ServerPolicy policy, StreamCounts counts, ConnectionMeter meter) {
        this.policy = policy;
        this.counts = counts;
        this.meter = meter;
    }

    /**
     * Counts it, if that was not done before. On its event loop.
     *
     * @return false: it is one too many and closed
     */
    boolean takes(Channel channel) {
        Boolean before = channel.attr(HELD).get();
        if (before != null) return before;
        watch(channel.parent());
        InetAddress from = address(channel);
        int perAddress = policy.connectionsPerAddress();
        Refusal refused = counts.connected(from, policy.connectionsMax(), perAddress);
        channel.attr(HELD).set(refused == null);
        if (refused != null) {
            meter.refused(refused);
            channel.unsafe().close(channel.unsafe().voidPromise()); // without TLS' good-bye
            return false;
        }
        channel.closeFuture().addListener(closed -> counts.disconnected(from, perAddress));
        return true;
    }

    private @Nullable InetAddress address(Channel channel) {
        if (policy.connectionsPerAddress() == 0) return null;
        return channel.remoteAddress() instanceof InetSocketAddress it ? it.getAddress() : null;
    }

    /** Nine of ten connections that may be open are. */
    boolean crowded() {
        return counts.connections() * 10L >= policy.connectionsMax() * 9L;
    }

    /** The listening socket is not ours to configure, so it is met through its first connection. */
    private void watch(@Nullable Channel listening) {
        if (watching || listening == null) return;
        watching = true;
        listening
                .eventLoop()
                .execute(
                        () -> {
                            if (listening.pipeline().get(FAULTS) == null)
                                listening.pipeline().addFirst(FAULTS, new Faults(meter));
                        });
    }

    /**
     * Where the process has no file left for a connection. It waits with the kernel then: Netty
     * stops accepting for a second and tries again.
     */
    @ChannelHandler.Sharable
    private static final class Faults extends ChannelInboundHandlerAdapter {
        private final ConnectionMeter meter;

        private Faults(ConnectionMeter meter) {
            this.meter = meter;
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable why) {
            if (why instanceof IOException) meter.refused(Refusal.DESCRIPTORS);
            context.fireExceptionCaught(why);
        }
    }
}
