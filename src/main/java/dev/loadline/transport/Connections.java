package dev.loadline.transport;

import dev.loadline.core.Clock;

import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;

/**
 * The connections of one loop: not too many, and none that is open and asks nothing (also one that
 * sends the headers of a request drop by drop). One loop.
 */
final class Connections {
    private static final class State {
        private int inFlight;
        private long restsSinceNanos;
        private boolean closing;
    }

    private final Clock clock;
    private final ServerPolicy policy;
    private final StreamCounts counts;
    private final Map<HttpConnection, State> open = new HashMap<>();

    Connections(Clock clock, ServerPolicy policy, StreamCounts counts) {
        this.clock = clock;
        this.policy = policy;
        this.counts = counts;
    }

    void opened(HttpConnection connection) {
        if (!counts.connected(policy.connectionsMax())) {
            connection.close().onComplete(closed -> {});
            return;
        }
        var state = new State();
        state.restsSinceNanos = clock.nanos();
        open.put(connection, state);
        connection.closeHandler(
                closed -> {
                    if (open.remove(connection) != null) counts.disconnected();
                });
    }

    /** Knows from now on when a request of a connection ends. */
    void follow(HttpServerRequest request) {
        HttpConnection connection = request.connection();
        begins(connection);
        request.response().endHandler(end -> ends(connection));
    }

    private void begins(HttpConnection connection) {
        State state = open.get(connection);
        if (state != null) state.inFlight++;
    }

    private void ends(HttpConnection connection) {
        State state = open.get(connection);
        if (state == null) return;
        state.inFlight--;
        state.restsSinceNanos = clock.nanos();
    }

    /** It is HTTP no more, but stays a connection until what is answered here is run. */
    Runnable upgraded(HttpConnection connection) {
        return open.remove(connection) == null ? () -> {} : counts::disconnected;
    }

    /** Cuts all that are still open. */
    void cutAll() {
        for (HttpConnection each : new ArrayList<>(open.keySet())) Cut.now(each);
    }

    void sweep() {
        long now = clock.nanos();
        long idle = policy.idle().toNanos();
        for (var each : new ArrayList<>(open.entrySet())) {
            State state = each.getValue();
            if (state.inFlight != 0 || now - state.restsSinceNanos < idle) continue;
            if (state.closing) {
                Cut.now(each.getKey());
            } else {
                state.closing = true;
                state.restsSinceNanos = now;
                each.getKey().close().onComplete(closed -> {}); // writes out what waits first
            }
        }
    }
}
