package dev.loadline.telemetry;

import java.time.Duration;
import java.util.stream.LongStream;

/** Upper bounds of histograms: few, because every one is a series per label. */
final class Buckets {
    /** What we spend ourselves: from half a millisecond. */
    static final Duration[] OWN_TIME =
            ofMicros(500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000);

    /** What people and remote services wait for: from a millisecond to two minutes. */
    static final Duration[] WAITING =
            ofMicros(
                    1_000,
                    5_000,
                    10_000,
                    25_000,
                    50_000,
                    100_000,
                    250_000,
                    500_000,
                    1_000_000,
                    2_500_000,
                    5_000_000,
                    10_000_000,
                    30_000_000,
                    120_000_000);

    private Buckets() {}

    private static Duration[] ofMicros(long... micros) {
        return LongStream.of(micros)
                .mapToObj(n -> Duration.ofNanos(n * 1_000))
                .toArray(Duration[]::new);
    }
}
