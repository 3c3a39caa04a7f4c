package dev.loadline.load.report;

import org.HdrHistogram.Histogram;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Lines over an axis; immutable but for {@link #line}. Percentile curves have one axis that
 * stretches what is near to 100 %, so that rare cases are seen.
 */
public final class Plot {
    /** One point. */
    public record Point(double x, double y) {}

    /** How an axis is drawn. */
    public enum Scale {
        LINEAR,
        LOG,
        /** For percentiles from 0 to 100. */
        NINES
    }

    private static final double[] PERCENTILES = {
        0, 10, 20, 30, 40, 50, 60, 70, 75, 80, 85, 90, 92.5, 95, 97.5, 98, 99, 99.5, 99.9, 99.99
    };

    private final String title;
    private final String xName;
    private final String yName;
    private final Scale xScale;
    private final Scale yScale;
    private final Map<String, List<Point>> lines = new LinkedHashMap<>();

    private Plot(String title, String xName, Scale xScale, String yName, Scale yScale) {
        this.title = title;
        this.xName = xName;
        this.yName = yName;
        this.xScale = xScale;
        this.yScale = yScale;
    }

    /** Milliseconds by percentile. */
    public static Plot percentiles(String title) {
        return new Plot(title, "percentile", Scale.NINES, "ms", Scale.LOG);
    }

    /** Something by seconds of the run. */
    public static Plot overTime(String title, String unit) {
        return new Plot(title, "s", Scale.LINEAR, unit, Scale.LINEAR);
    }

    /** One more line. */
    public Plot line(String name, List<Point> points) {
        lines.put(name, List.copyOf(points));
        return this;
    }

    /** One more percentile curve, of a histogram in microseconds. */
    public Plot curve(String name, Histogram micros) {
        List<Point> points = new ArrayList<>();
        long count = micros.getTotalCount();
        for (double percentile : PERCENTILES) {
            if (count * (100 - percentile) / 100 < 1 && percentile > 50) break;
            points.add(
                    new Point(
                            percentile,
                            Math.max(1, micros.getValueAtPercentile(percentile)) / 1000.0));
        }
        return line(name, points);
    }

    /** One more line: how many things happened in each second; times in microseconds. */
    public Plot perSecond(String name, List<Long> micros) {
        TreeMap<Long, Integer> counts = new TreeMap<>();
        for (long at : micros) counts.merge(Math.floorDiv(at, 1_000_000L), 1, Integer::sum);
        if (counts.isEmpty()) return line(name, List.of());
        List<Point> points = new ArrayList<>();
        for (long second = counts.firstKey(); second <= counts.lastKey(); second++)
            points.add(new Point(second, counts.getOrDefault(second, 0)));
        return line(name, points);
    }

    /** True if no line has a point. */
    public boolean isEmpty() {
        return lines.values().stream().allMatch(List::isEmpty);
    }

    String title() {
        return title;
    }

    String xName() {
        return xName;
    }

    String yName() {
        return yName;
    }

    Scale xScale() {
        return xScale;
    }

    Scale yScale() {
        return yScale;
    }

    Map<String, List<Point>> lines() {
        return lines;
    }
}
