package dev.loadline.load.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Where values stand on an axis, from 0 to 1.
 *
 * @param least value that is drawn, in the scale's own measure
 * @param most the same
 */
record Axis(Plot.Scale scale, double least, double most, List<Tick> ticks) {
    record Tick(double at, String words) {}

    private static final double[] NINES = {0, 50, 90, 99, 99.9, 99.99};
    private static final int ABOUT = 5;

    static Axis of(Plot.Scale scale, double[] values) {
        double least = Arrays.stream(values).min().orElse(0);
        double most = Arrays.stream(values).max().orElse(1);
        return switch (scale) {
            case LINEAR -> linear(Math.min(0, least), Math.max(most, least + 1e-9));
            case LOG -> log(least, most);
            case NINES -> nines(most);
        };
    }

    double at(double value) {
        double measured = measure(scale, value);
        return Math.clamp((measured - least) / (most - least), 0, 1);
    }

    private static Axis linear(double least, double most) {
        double step = step((most - least) / ABOUT);
        double end = Math.ceil(most / step) * step;
        List<Tick> ticks = new ArrayList<>();
        for (double at = least; at <= end + step / 2; at += step)
            ticks.add(new Tick((at - least) / (end - least), words(at)));
        return new Axis(Plot.Scale.LINEAR, least, end, ticks);
    }

    private static Axis log(double least, double most) {
        double from = Math.floor(Math.log10(Math.max(1e-3, least)));
        double to = Math.max(from + 1, Math.ceil(Math.log10(Math.max(1e-3, most))));
        List<Tick> ticks = new ArrayList<>();
        for (double at = from; at <= to; at++)
            ticks.add(new Tick((at - from) / (to - from), words(Math.pow(10, at))));
        return new Axis(Plot.Scale.LOG, from, to, ticks);
    }

    private static Axis nines(double most) {
        double end = measure(Plot.Scale.NINES, Math.max(99, most));
        List<Tick> ticks = new ArrayList<>();
        for (double percentile : NINES) {
            double at = measure(Plot.Scale.NINES, percentile);
            if (at <= end + 1e-9) ticks.add(new Tick(at / end, words(percentile)));
        }
        return new Axis(Plot.Scale.NINES, 0, end, ticks);
    }

    private static double measure(Plot.Scale scale, double value) {
        return switch (scale) {
            case LINEAR -> value;
            case LOG -> Math.log10(Math.max(1e-3, value));
            case NINES -> -Math.log10(1 - Math.min(value, 99.999) / 100);
        };
    }

    /** 1, 2 or 5 times a power of ten, not under this. */
    private static double step(double atLeast) {
        double power = Math.pow(10, Math.floor(Math.log10(atLeast)));
        for (double times : new double[] {1, 2, 5})
            if (times * power >= atLeast - 1e-12) return times * power;
        return 10 * power;
    }

    private static String words(double value) {
        String words = "%.3f".formatted(value);
        return words.replaceFirst("\\.?0+$", "");
    }
}
