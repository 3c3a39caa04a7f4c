package dev.loadline.engine;

import dev.loadline.core.Clock;
import dev.loadline.store.Fence;

import java.time.Duration;

/**
 * This node's right to act for its conversations. It ends by the database's clock; we stop {@link
 * #MARGIN} before that by our own, so that nobody who takes over ever acts beside us (MECHANISMS
 * §3, self-fencing). Where a lock on the database file proves that there is no other node, it can't
 * run out.
 *
 * <p>Thread: renewed on one, asked on all loops.
 */
final class Lease {
    static final Duration LENGTH = Duration.ofSeconds(10);
    static final Duration MARGIN = Duration.ofSeconds(2);
    static final Duration RENEW_EVERY = Duration.ofSeconds(2);

    private final Clock clock;
    private volatile Fence fence;
    private final boolean exclusive;
    private volatile long endsNanos;
    private volatile boolean over;

    /**
     * @param askedNanos when the store was asked, not when it answered
     */
    Lease(Clock clock, Fence fence, boolean exclusive, long askedNanos) {
        this.clock = clock;
        this.fence = fence;
        this.exclusive = exclusive;
        renewed(askedNanos);
    }

    Fence fence() {
        return fence;
    }

    void renewed(long askedNanos) {
        endsNanos = askedNanos + LENGTH.minus(MARGIN).toNanos();
    }

    /** A new life of this node: what the one before owned is there to be taken over. */
    void reborn(Fence newer, long askedNanos) {
        fence = newer;
        renewed(askedNanos);
    }

    /** Another process lives under this node's name: this one must never act again. */
    void lost() {
        over = true;
    }

    boolean isLost() {
        return over;
    }

    boolean holds() {
        return !over && (exclusive || endsNanos - clock.nanos() > 0);
    }
}
