package dev.loadline.guard;

import dev.loadline.core.Outcome;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.random.RandomGenerator;

/** What is done on purpose: guards switched off, faults. Any thread. */
final class Drills {
    /** What a runtime without guards gives every attempt. */
    static final Duration NAIVE_TIMEOUT = Duration.ofSeconds(10);

    private static final int NAIVE_RETRIES = 3;
    private static final String BY_DRILL = "a drill's fault";

    private final Map<String, Fault> faults = new ConcurrentSkipListMap<>();
    private volatile boolean guarded = true;

    boolean guarded() {
        return guarded;
    }

    void guard(boolean on) {
        guarded = on;
    }

    Map<String, Fault> faults() {
        return new TreeMap<>(faults);
    }

    void fault(String dependency, @Nullable Fault fault) {
        if (fault == null) faults.remove(dependency);
        else faults.put(dependency, fault);
    }

    /** How a naive runtime backs off: 1 s, 2 s, 4 s, then it gives up. */
    static @Nullable Duration naiveBackOff(Outcome.Failed<?> outcome, int retries) {
        boolean ours = outcome instanceof Outcome.Cancelled || outcome instanceof Outcome.CutShort;
        if (ours || retries >= NAIVE_RETRIES) return null;
        return Duration.ofSeconds(1L << retries);
    }

    /**
     * What goes wrong with one attempt; null: nothing.
     *
     * @param usualNanos how long it normally takes, which a factor stretches
     */
    @Nullable Injury draw(String dependency, long usualNanos, RandomGenerator random) {
        Fault fault = faults.isEmpty() ? null : faults.get(dependency);
        if (fault == null) return null;
        double factor = Math.max(1, Objects.requireNonNullElse(fault.latencyFactor(), 1.0));
        long added = Objects.requireNonNullElse(fault.addLatencyMs(), 0L);
        Duration delay =
                Duration.ofNanos((long) (usualNanos * (factor - 1))).plusMillis(Math.max(0, added));
        boolean hangs = Boolean.TRUE.equals(fault.hang());
        int cut = Objects.requireNonNullElse(fault.cutAfterChunks(), -1);
        return new Injury(delay, factor, outcome(fault, random), hangs, cut);
    }

    private static Outcome.@Nullable Failed<Object> outcome(Fault fault, RandomGenerator random) {
        if (hits(fault.rateLimitRate(), random)) return limited(fault);
        if (!hits(fault.errorRate(), random)) return null;
        int status = Objects.requireNonNullElse(fault.errorStatus(), 500);
        String detail = BY_DRILL + " answered " + status;
        return switch (status) {
            case 408, 425, 502, 503, 504, 529 -> new Outcome.Unavailable<>(detail);
            case 429 -> limited(fault);
            default ->
                    status >= 500
                            ? new Outcome.ServerError<>(detail)
                            : new Outcome.Rejected<>(status, detail);
        };
    }

    private static Outcome.Failed<Object> limited(Fault fault) {
        long after = Objects.requireNonNullElse(fault.retryAfterMs(), 0L);
        return new Outcome.RateLimited<>(Duration.ofMillis(after), BY_DRILL + " answered 429");
    }

    private static boolean hits(@Nullable Double rate, RandomGenerator random) {
        return rate != null && rate > 0 && random.nextDouble() < rate;
    }
}
