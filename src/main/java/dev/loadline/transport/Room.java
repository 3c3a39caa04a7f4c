package dev.loadline.transport;

import dev.loadline.core.Principal;
import dev.loadline.core.Problem;
import dev.loadline.engine.Quotas;
import dev.loadline.telemetry.ConnectionMeter.Full;
import dev.loadline.telemetry.Metrics;

import org.jspecify.annotations.Nullable;

/**
 * Whether a principal may open one more stream or WebSocket: by its quota, by the node's bound, and
 * by its share of the node. What is taken here is given back here, once. Any thread.
 *
 * <p>The share is there for the principal without a quota: it may hold half of the streams and half
 * of the connections as WebSockets, so that one that floods leaves as much to all others together.
 * It is a fixed half, not one that shrinks once somebody else is refused, as with turns: a stream
 * may last for hours, and what is taken can't be asked back. Where all callers are one principal
 * there is nobody to protect, and no share.
 */
final class Room {
    private static final long RETRY_MS = 1_000;

    private final Quotas quotas;
    private final StreamCounts counts;
    private final Metrics metrics;
    private final int streamsMax;
    private final int streamShare;
    private final int socketShare;

    Room(TransportParts parts) {
        ServerPolicy policy = parts.policy();
        boolean lone = parts.authenticator().lone();
        this.quotas = parts.quotas();
        this.counts = parts.counts();
        this.metrics = parts.metrics();
        this.streamsMax = policy.streamsMax();
        this.streamShare = lone ? Integer.MAX_VALUE : half(policy.streamsMax());
        this.socketShare = lone ? Integer.MAX_VALUE : half(policy.connectionsMax());
    }

    private static int half(int max) {
        return Math.max(1, max / 2);
    }

    /** Takes room for the answer to a request; why there is none, or null. */
    @Nullable Problem takesAnswer(Principal who) {
        Problem refused = quotas.streamOpens(who);
        if (refused != null) return refused;
        refused = takesStream(who);
        if (refused != null) quotas.streamEnds(who);
        return refused;
    }

    void givesAnswer(Principal who) {
        givesStream(who);
        quotas.streamEnds(who);
    }

    /** Takes room for a turn on a WebSocket, which has room already; likewise. */
    @Nullable Problem takesStream(Principal who) {
        Full full = counts.streamOpens(who, streamsMax, streamShare);
        return full == null ? null : refused(full, streamShare, "streams");
    }

    void givesStream(Principal who) {
        counts.streamEnded(who);
    }

    /** Takes room for a WebSocket; likewise. */
    @Nullable Problem takesSocket(Principal who) {
        Problem refused = quotas.streamOpens(who);
        if (refused != null) return refused;
        if (counts.socketOpens(who, socketShare)) return null;
        quotas.streamEnds(who);
        return refused(Full.PRINCIPAL, socketShare, "sockets");
    }

    void givesSocket(Principal who) {
        counts.socketEnded(who);
        quotas.streamEnds(who);
    }

    private Problem refused(Full full, int share, String what) {
        metrics.connections().streamRefused(full);
        return switch (full) {
            case NODE -> Problem.of(Problem.Code.OVERLOADED, "too many open " + what);
            case PRINCIPAL ->
                    Problem.of(
                                    Problem.Code.QUOTA_EXCEEDED,
                                    "you have %d open %s, which is your share of this node"
                                            .formatted(share, what))
                            .withRetryAfterMs(RETRY_MS);
        };
    }
}
