package dev.loadline.transport;

import dev.loadline.core.Clock;
import dev.loadline.telemetry.ConnectionMeter;
import dev.loadline.telemetry.ConnectionMeter.Closing;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.impl.HttpServerConnection;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;

/**
 * The connections of one loop on which HTTP is spoken: none that is open and asks nothing, or that
 * sends the headers of a request drop by drop. One loop.
 *
 * <p>The time for headers runs from their first byte, not from the connection's opening: browsers
 * and pools connect ahead of what they will ask. What connects and says nothing is idle, and where
 * the node is crowded idleness is short, so that those who only hold a place make room.
 */
final class Connections {
    private static final Duration CROWDED_IDLE = Duration.ofSeconds(5);
    private static final String ARRIVALS = "arrivals";
    private static final String DECODER = "httpDecoder"; // as the server names it; HTTP/1 has one

    private static final class State {
        private int inFlight;
        private long restsSinceNanos;
        private boolean heading; // bytes have come that are no request yet
        private long headingSinceNanos;
        private boolean closing;
    }

    private final Clock clock;
    private final ServerPolicy policy;
    private final Accepts accepts;
    private final ConnectionMeter meter;
    private final Map<HttpConnection, State> open = new HashMap<>();

    Connections(Clock clock, ServerPolicy policy, Accepts accepts, ConnectionMeter meter) {
        this.clock = clock;
        this.policy = policy;
        this.accepts = accepts;
        this.meter = meter;
    }

    void opened(HttpConnection connection) {
        Channel channel = ((HttpServerConnection) connection).channelHandlerContext().channel();
        if (!accepts.takes(channel)) return;
        var state = new State();
        state.restsSinceNanos = clock.nanos();
        open.put(connection, state);
        // The channel's own word: Vert.x's handler is skipped where closing fails in the middle.
        channel.closeFuture().addListener(closed -> open.remove(connection));
        ChannelPipeline pipeline = channel.pipeline();
        if (pipeline.get(DECODER) != null)
            pipeline.addBefore(DECODER, ARRIVALS, new Arrivals(state));
    }

    /** Notes when the first bytes of a request come. */
    private final class Arrivals extends ChannelInboundHandlerAdapter {
        private final State state;

        private Arrivals(State state) {
            this.state = state;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object bytes) {
            if (state.inFlight == 0 && !state.heading) {
                state.heading = true;
                state.headingSinceNanos = clock.nanos();
            }
            context.fireChannelRead(bytes);
        }
    }

    /** Knows from now on when a request of a connection ends. */
    void follow(HttpServerRequest request) {
        HttpConnection connection = request.connection();
        begins(connection);
        request.response().endHandler(end -> ends(connection));
    }

    private void begins(HttpConnection connection) {
        State state = open.get(connection);
        if (state == null) return;
        state.inFlight++;
        state.heading = false;
    }

    private void ends(HttpConnection connection) {
        State state = open.get(connection);
        if (state == null) return;
        state.inFlight--;
        state.restsSinceNanos = clock.nanos();
    }

    /** It is HTTP no more, though it stays a connection. */
    void upgraded(HttpConnection connection) {
        if (open.remove(connection) == null) return;
        ChannelPipeline pipeline =
                ((HttpServerConnection) connection).channelHandlerContext().pipeline();
        if (pipeline.get(ARRIVALS) != null) pipeline.remove(ARRIVALS);
    }

    /** Cuts all that are still open. */
    void cutAll() {
        for (HttpConnection each : new ArrayList<>(open.keySet())) Cut.now(each);
    }

    void sweep() {
        long now = clock.nanos();
        boolean crowded = accepts.crowded() && CROWDED_IDLE.compareTo(policy.idle()) < 0;
        long idle = (crowded ? CROWDED_IDLE : policy.idle()).toNanos();
        long header = policy.headerTime().toNanos();
        for (var each : new ArrayList<>(open.entrySet())) {
            State state = each.getValue();
            if (state.inFlight != 0) continue;
            if (state.heading && !state.closing) {
                if (now - state.headingSinceNanos < header) continue;
                meter.closed(Closing.HEADER);
                state.closing = true;
                Cut.now(each.getKey());
            } else if (now - state.restsSinceNanos >= idle) {
                rests(each.getKey(), state, now, crowded ? Closing.CROWDED : Closing.IDLE);
            }
        }
    }

    private void rests(HttpConnection connection, State state, long now, Closing why) {
        if (state.closing) {
            Cut.now(connection);
            return;
        }
        meter.closed(why);
        state.closing = true;
        state.restsSinceNanos = now;
        connection.close().onComplete(closed -> {}); // writes out what waits first
    }
}
