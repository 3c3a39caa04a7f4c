package dev.loadline.core;

import java.time.Duration;

/** A point on the monotonic clock after which an answer is of no use. */
public record Deadline(long atNanos) {
    public static Deadline after(Clock clock, Duration left) {
        return new Deadline(clock.nanos() + left.toNanos());
    }

    public long leftNanos(long nowNanos) {
        return atNanos - nowNanos; // a difference: nanoTime may wrap
    }

    public boolean passed(long nowNanos) {
        return leftNanos(nowNanos) <= 0;
    }

    public Duration left(Clock clock) {
        return Duration.ofNanos(Math.max(0, leftNanos(clock.nanos())));
    }

    public Deadline sooner(Deadline other) {
        return other.atNanos - atNanos < 0 ? other : this;
    }
}
