package dev.loadline.load.bench;

/**
 * A promise that holds or does not: a count, or a ratio of two things of the same run, never a mere
 * time.
 *
 * @param name what was measured, in words
 * @param measured as it shall be read
 * @param bound in words: {@code ≤ 1.3}
 */
public record Gate(String name, String measured, String bound, boolean pass) {
    /** Holds if it is not over the bound. */
    public static Gate atMost(String name, double measured, double bound) {
        return new Gate(name, words(measured), "≤ " + words(bound), measured <= bound);
    }

    /** Holds if it is not under the bound. */
    public static Gate atLeast(String name, double measured, double bound) {
        return new Gate(name, words(measured), "≥ " + words(bound), measured >= bound);
    }

    /** Holds if it is exactly that many. */
    public static Gate exactly(String name, long measured, long bound) {
        return new Gate(name, Long.toString(measured), "= " + bound, measured == bound);
    }

    /** Whole numbers without a point, others with three digits behind it. */
    static String words(double number) {
        return number == Math.rint(number) && Math.abs(number) < 1e15
                ? Long.toString((long) number)
                : "%.3f".formatted(number);
    }
}
