package dev.loadline.load.bench;

import java.util.Arrays;

/** The median of several rounds, and how far they lie apart. */
public record Spread(double median, double least, double most, int rounds) {
    /** Of at least one value. */
    public static Spread of(double... values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        double median =
                sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Spread(median, sorted[0], sorted[sorted.length - 1], sorted.length);
    }

    /** {@code 1.20 ms (1.10 to 1.40 in 5 rounds)}. */
    public String words(String unit) {
        return "%.2f %s (%.2f to %.2f in %d rounds)".formatted(median, unit, least, most, rounds);
    }
}
