package dev.loadline.load.bench;

import dev.loadline.load.plan.Attempts;
import dev.loadline.load.report.Plot;

import org.HdrHistogram.Histogram;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** What a scenario found; the scenario adds to it as it goes. For one thread. */
public final class Result {
    /** A number that is told, never judged. */
    public record Figure(String name, String value) {}

    /** How late the generator of a run was. */
    public record Lateness(String run, double p50Millis, double p99Millis, boolean isVoid) {}

    private final String name;
    private final String asks;
    private final List<Gate> gates = new ArrayList<>();
    private final List<Figure> figures = new ArrayList<>();
    private final List<Lateness> lateness = new ArrayList<>();
    private final List<Plot> plots = new ArrayList<>();
    private final List<String> broken = new ArrayList<>();
    private double seconds;

    public Result(String name, String asks) {
        this.name = name;
        this.asks = asks;
    }

    public void gate(Gate gate) {
        gates.add(gate);
    }

    public void figure(String what, String value) {
        figures.add(new Figure(what, value));
    }

    public void plot(Plot plot) {
        plots.add(plot);
    }

    /** Tells how late the generator was; if too late, all of this scenario is void. */
    public void lateness(String run, Attempts attempts) {
        Histogram late = attempts.lateness();
        long p99 = late.getValueAtPercentile(99);
        lateness.add(
                new Lateness(
                        run,
                        late.getValueAtPercentile(50) / 1000.0,
                        p99 / 1000.0,
                        p99 > Attempts.LATE_MICROS));
    }

    /** It could not be measured, and why. */
    public void broken(String why) {
        broken.add(why);
    }

    public void took(double inSeconds) {
        seconds = inSeconds;
    }

    /** The generator was too late, or something broke: nothing that was measured counts. */
    public boolean isVoid() {
        return !broken.isEmpty() || lateness.stream().anyMatch(Lateness::isVoid);
    }

    /** Not void, and every gate holds. */
    public boolean passed() {
        return !isVoid() && gates.stream().allMatch(Gate::pass);
    }

    public String name() {
        return name;
    }

    public String asks() {
        return asks;
    }

    public double seconds() {
        return seconds;
    }

    public List<Gate> gates() {
        return Collections.unmodifiableList(gates);
    }

    public List<Figure> figures() {
        return Collections.unmodifiableList(figures);
    }

    public List<Lateness> lateness() {
        return Collections.unmodifiableList(lateness);
    }

    public List<Plot> plots() {
        return Collections.unmodifiableList(plots);
    }

    public List<String> broken() {
        return Collections.unmodifiableList(broken);
    }
}
