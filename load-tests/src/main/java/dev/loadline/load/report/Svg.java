package dev.loadline.load.report;

import dev.loadline.load.report.Plot.Point;

import java.util.List;
import java.util.Map;

/** Draws a plot. */
final class Svg {
    private static final int WIDTH = 460;
    private static final int HEIGHT = 300;
    private static final int LEFT = 52;
    private static final int RIGHT = WIDTH - 14;
    private static final int TOP = 34;
    private static final int BOTTOM = HEIGHT - 58;
    private static final int LEGEND = HEIGHT - 10;
    private static final int COLOURS = 6;

    private Svg() {}

    static String of(Plot plot) {
        List<Point> all = plot.lines().values().stream().flatMap(List::stream).toList();
        Axis x = Axis.of(plot.xScale(), all.stream().mapToDouble(Point::x).toArray());
        Axis y = Axis.of(plot.yScale(), all.stream().mapToDouble(Point::y).toArray());
        StringBuilder svg = new StringBuilder();
        svg.append("<svg viewBox=\"0 0 %d %d\" role=\"img\">\n".formatted(WIDTH, HEIGHT));
        text(svg, "title", LEFT, 16, "start", plot.title());
        for (Axis.Tick tick : x.ticks()) {
            double at = LEFT + tick.at() * (RIGHT - LEFT);
            line(svg, at, TOP, at, BOTTOM);
            text(svg, "", at, BOTTOM + 16, "middle", tick.words());
        }
        for (Axis.Tick tick : y.ticks()) {
            double at = BOTTOM - tick.at() * (BOTTOM - TOP);
            line(svg, LEFT, at, RIGHT, at);
            text(svg, "", LEFT - 6, at + 4, "end", tick.words());
        }
        text(svg, "", LEFT - 6, TOP - 10, "end", plot.yName());
        text(svg, "", RIGHT, BOTTOM + 32, "end", plot.xName());
        int number = 0;
        double legendAt = LEFT;
        for (Map.Entry<String, List<Point>> one : plot.lines().entrySet()) {
            String colour = "var(--c" + number++ % COLOURS + ")";
            curve(svg, colour, one.getValue(), x, y);
            legendAt = legend(svg, colour, legendAt, one.getKey());
        }
        return svg.append("</svg>\n").toString();
    }

    private static void curve(
            StringBuilder svg, String colour, List<Point> points, Axis x, Axis y) {
        svg.append("<polyline style=\"stroke:" + colour + "\" points=\"");
        for (Point point : points) {
            double across = LEFT + x.at(point.x()) * (RIGHT - LEFT);
            double up = BOTTOM - y.at(point.y()) * (BOTTOM - TOP);
            svg.append("%.1f,%.1f ".formatted(across, up));
        }
        svg.append("\"/>\n");
    }

    private static double legend(StringBuilder svg, String colour, double at, String name) {
        svg.append(
                "<rect x=\"%.0f\" y=\"%d\" width=\"12\" height=\"3\" style=\"fill:%s\"/>\n"
                        .formatted(at, LEGEND - 5, colour));
        text(svg, "", at + 17, LEGEND, "start", name);
        return at + 34 + 6.6 * name.length();
    }

    private static void line(StringBuilder svg, double x1, double y1, double x2, double y2) {
        svg.append(
                "<line class=\"grid\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n"
                        .formatted(x1, y1, x2, y2));
    }

    private static void text(
            StringBuilder svg, String type, double x, double y, String anchor, String words) {
        svg.append(
                "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n"
                        .formatted(type, x, y, anchor, Html.escaped(words)));
    }
}
