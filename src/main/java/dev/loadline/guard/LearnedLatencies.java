package dev.loadline.guard;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;

/**
 * What one bucket has learned: the last 1,000 exactly, and the last 24 hours in a histogram each;
 * whichever holds more is read. Of fixed size (80 kB if used around the clock). Not thread-safe;
 * pure.
 */
final class LearnedLatencies {
    static final int LAST = 1000;
    private static final int HOURS = 24;

    private final long[] last = new long[LAST];
    private int next;
    private int count;

    private final @Nullable LatencyHistogram[] hours = new @Nullable LatencyHistogram[HOURS];
    private long hour; // the one that is under way

    private final Minute[] minutes = {new Minute(), new Minute()};
    private int current;

    private Latencies.@Nullable Learned learned; // until it changes

    /** Not learned yet: of one minute. */
    private static final class Minute {
        private final LatencyHistogram all = new LatencyHistogram();
        private final long[] last = new long[LAST];

        void add(long nanos) {
            last[(int) (all.total() % LAST)] = nanos;
            all.add(nanos);
        }
    }

    void good(long nanos) {
        minutes[current].add(nanos);
    }

    /**
     * The minute under way is over, and the one before it with it.
     *
     * @param learn what came in the one before is learned; else it is forgotten
     * @param nextHour the hour of the minute that begins, counted from any
     */
    void turn(boolean learn, long nextHour) {
        Minute before = minutes[1 - current];
        if (learn && before.all.total() > 0) enter(before);
        before.all.clear();
        current = 1 - current;
        if (nextHour != hour) move(nextHour);
    }

    /** Null: nothing learned yet. */
    Latencies.@Nullable Learned learned() {
        if (learned == null && count > 0) learned = read();
        return learned;
    }

    void forget() {
        count = 0;
        next = 0;
        Arrays.fill(hours, null);
        for (Minute minute : minutes) minute.all.clear();
        learned = null;
    }

    private void enter(Minute minute) {
        long total = minute.all.total();
        for (long i = Math.max(0, total - LAST); i < total; i++) {
            last[next] = minute.last[(int) (i % LAST)];
            next = (next + 1) % LAST;
            if (count < LAST) count++;
        }
        int slot = (int) (hour % HOURS);
        LatencyHistogram now = hours[slot];
        if (now == null) hours[slot] = now = new LatencyHistogram();
        now.add(minute.all);
        learned = null;
    }

    private void move(long nextHour) {
        for (long h = Math.max(hour + 1, nextHour - HOURS + 1); h <= nextHour; h++)
            hours[(int) (h % HOURS)] = null;
        hour = nextHour;
        learned = null;
    }

    private Latencies.Learned read() {
        var day = new LatencyHistogram();
        for (LatencyHistogram one : hours) if (one != null) day.add(one);
        if (day.total() > count)
            return new Latencies.Learned(
                    day.total(), day.quantile(0.5), day.quantile(0.95), day.quantile(0.99));
        long[] sorted = Arrays.copyOf(last, count);
        Arrays.sort(sorted);
        return new Latencies.Learned(
                count, rank(sorted, 0.5), rank(sorted, 0.95), rank(sorted, 0.99));
    }

    private static long rank(long[] sorted, double q) {
        return sorted[Math.clamp((long) Math.ceil(q * sorted.length) - 1, 0, sorted.length - 1)];
    }
}
