package dev.loadline.load.plan;

import io.vertx.core.json.JsonObject;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/** All arrivals of one run, in order of their due times; immutable. */
public record Plan(List<Arrival> arrivals) {
    public Plan {
        arrivals = arrivals.stream().sorted(Comparator.comparing(Arrival::dueMicros)).toList();
    }

    /** Makes the arrival with this number and due time. */
    @FunctionalInterface
    public interface Maker {
        Arrival make(int number, long dueMicros);
    }

    /** Arrivals at equal distances. */
    public static List<Arrival> even(
            Duration from, double perSecond, Duration length, Maker maker) {
        List<Arrival> arrivals = new ArrayList<>();
        int count = (int) Math.round(perSecond * length.toNanos() / 1e9);
        for (int i = 0; i < count; i++)
            arrivals.add(maker.make(i, micros(from) + Math.round(i * 1e6 / perSecond)));
        return arrivals;
    }

    /** Arrivals of many who know nothing of each other; the same seed gives the same. */
    public static List<Arrival> random(
            Duration from, double perSecond, Duration length, long seed, Maker maker) {
        Random random = new Random(seed);
        List<Arrival> arrivals = new ArrayList<>();
        double at = 0;
        for (int i = 0; ; i++) {
            at += -Math.log(1 - random.nextDouble()) / perSecond;
            if (at * 1e9 >= length.toNanos()) return arrivals;
            arrivals.add(maker.make(i, micros(from) + Math.round(at * 1e6)));
        }
    }

    /** This plan, and another one before its zero, a second of rest between them. */
    public Plan after(Plan before) {
        long back = before.length().plusSeconds(1).toNanos() / 1000;
        List<Arrival> all = new ArrayList<>(arrivals);
        for (Arrival arrival : before.arrivals()) all.add(arrival.at(arrival.dueMicros() - back));
        return new Plan(all);
    }

    /** How long before zero the first one is due. */
    public Duration lead() {
        long first = arrivals.isEmpty() ? 0 : arrivals.getFirst().dueMicros();
        return Duration.ofNanos(Math.max(0, -first) * 1000);
    }

    /** From zero to the last due time. */
    public Duration length() {
        return arrivals.isEmpty()
                ? Duration.ZERO
                : Duration.ofNanos(arrivals.getLast().dueMicros() * 1000);
    }

    /** One JSON object a line. */
    public void write(Path file) {
        try {
            Files.write(file, arrivals.stream().map(a -> a.json().encode()).toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads what {@link #write} wrote. */
    public static Plan read(Path file) {
        try {
            return new Plan(
                    Files.readAllLines(file).stream()
                            .map(line -> Arrival.of(new JsonObject(line)))
                            .toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long micros(Duration duration) {
        return duration.toNanos() / 1000;
    }
}
