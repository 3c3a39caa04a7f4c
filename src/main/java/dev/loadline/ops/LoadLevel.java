package dev.loadline.ops;

import static dev.loadline.core.Require.require;

import com.fasterxml.jackson.annotation.JsonValue;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/**
 * How loaded a node is, from 0 (not at all) to 1 (interactive work is shed), by its worst cause;
 * MECHANISMS §1. Pure.
 *
 * <p>Each cause rises linearly: from nothing to 0.5 at its first mark, where the lowest class
 * begins to be shed, and from there to 1 at its second, so that classes are shed one after the
 * other (background at 0.5, scheduled at 0.7, webhooks at 0.85, interactive at 1) and not all at
 * once.
 *
 * <ul>
 *   <li>{@link Cause#QUEUE}: how long interactive work waits for a slot, or would, against its
 *       bound; 0.5 at half of it, 1 at the bound, where it is refused.
 *   <li>{@link Cause#TURNS}: slots taken, at most 0.9: that all are taken is a full house and no
 *       reason to shed; the queue judges.
 *   <li>{@link Cause#LAG}: the worst event loop; 0.5 at {@code load.loopLag}, 1 at four times that.
 *   <li>{@link Cause#HEAP}: what a collection could not free; 0.5 at 75 % of the heap, 1 at 95 %,
 *       where collections begin to take the processor from everything else.
 * </ul>
 *
 * Only lag and heap, {@link #pressure}, are told to admission: of its queue and its slots the
 * mailbox knows itself, and better.
 *
 * @param causes those that have been measured; each 0..1
 */
public record LoadLevel(Map<Cause, Double> causes) {
    private static final double FIRST = 0.5;
    private static final double FULL_HOUSE = 0.9;
    private static final double LAG_SECOND = 4;
    private static final double HEAP_FIRST = 0.75;
    private static final double HEAP_SECOND = 0.95;

    /** What a level may come from. */
    public enum Cause {
        QUEUE,
        TURNS,
        LAG,
        HEAP;

        @JsonValue
        public String wire() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * What is measured. What has not been yet is null, and no cause.
     *
     * @param waitMs how long interactive work waits, or would
     * @param lagMs of the worst loop, over the last second
     * @param heap what was in use after the last collection, as a share of the heap's maximum
     */
    public record Signals(
            int turns, double waitMs, @Nullable Double lagMs, @Nullable Double heap) {}

    /**
     * What they are held against.
     *
     * @param patience how long interactive work may wait; zero: not at all
     */
    public record Marks(int slots, Duration patience, Duration lag) {
        public Marks {
            require(slots >= 1, "slots must be at least 1");
            require(lag.isPositive(), "lag must be positive");
        }
    }

    public LoadLevel {
        causes = Map.copyOf(causes);
    }

    public static LoadLevel of(Signals signals, Marks marks) {
        var causes = new EnumMap<Cause, Double>(Cause.class);
        double boundMs = marks.patience().toNanos() / 1e6;
        causes.put(Cause.QUEUE, boundMs == 0 ? 0 : rise(signals.waitMs(), boundMs / 2, boundMs));
        double taken = (double) signals.turns() / marks.slots();
        causes.put(Cause.TURNS, FULL_HOUSE * Math.clamp(taken, 0, 1));
        double lagMs = marks.lag().toNanos() / 1e6;
        if (signals.lagMs() != null)
            causes.put(Cause.LAG, rise(signals.lagMs(), lagMs, LAG_SECOND * lagMs));
        if (signals.heap() != null)
            causes.put(Cause.HEAP, rise(signals.heap(), HEAP_FIRST, HEAP_SECOND));
        return new LoadLevel(causes);
    }

    private static double rise(double value, double first, double second) {
        double level =
                value <= first
                        ? FIRST * value / first
                        : FIRST + (1 - FIRST) * (value - first) / (second - first);
        return Math.clamp(level, 0, 1);
    }

    /** The worst of all. */
    public double level() {
        return causes.values().stream().mapToDouble(each -> each).max().orElse(0);
    }

    /** The worst of what admission can't see by itself. */
    public double pressure() {
        return Math.max(causes.getOrDefault(Cause.LAG, 0.0), causes.getOrDefault(Cause.HEAP, 0.0));
    }
}
