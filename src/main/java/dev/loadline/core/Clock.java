package dev.loadline.core;

/** The only way to learn the time. Any thread. */
public interface Clock {
    /** Monotonic nanoseconds; only differences mean anything, and the value may wrap. */
    long nanos();

    /** Wall clock, milliseconds since 1970, UTC; may jump. */
    long millis();

    static Clock system() {
        return new Clock() {
            @Override
            public long nanos() {
                return System.nanoTime();
            }

            @Override
            public long millis() {
                return System.currentTimeMillis();
            }
        };
    }
}
