package dev.loadline.load.plan;

import io.vertx.core.json.JsonObject;

import org.HdrHistogram.Histogram;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/**
 * What became of a run, or of a part of it; immutable.
 *
 * @param zeroNanos the run's zero by {@link System#nanoTime}, which all processes of a Linux
 *     machine share
 */
public record Attempts(long zeroNanos, List<Attempt> all) {
    /** A generator that is later than this at its 99th percentile measured itself. */
    public static final long LATE_MICROS = 20_000;

    public Attempts {
        all = List.copyOf(all);
    }

    /** Those of one phase. */
    public Attempts phase(String phase) {
        return where(attempt -> attempt.arrival().phase().equals(phase));
    }

    /** Without what only made the generator warm. */
    public Attempts fromZero() {
        return where(attempt -> attempt.arrival().dueMicros() >= 0);
    }

    /** All but the warm-up. */
    public Attempts measured() {
        return where(attempt -> !attempt.arrival().isWarmUp());
    }

    public Attempts where(Predicate<Attempt> condition) {
        return new Attempts(zeroNanos, all.stream().filter(condition).toList());
    }

    public int count(Predicate<Attempt> condition) {
        return (int) all.stream().filter(condition).count();
    }

    public int size() {
        return all.size();
    }

    /** Microseconds; what is below zero counts as zero. */
    public Histogram histogram(ToLongFunction<Attempt> micros) {
        Histogram histogram = new Histogram(3);
        for (Attempt attempt : all) histogram.recordValue(Math.max(0, micros.applyAsLong(attempt)));
        return histogram;
    }

    /** How late the generator was, over all of the run but its warm-up. */
    public Histogram lateness() {
        return measured().histogram(Attempt::latenessMicros);
    }

    /** Added time until the first token, of those that had one. */
    public Histogram added() {
        return where(Attempt::hasFirstToken).histogram(Attempt::addedMicros);
    }

    /** Reads the records of a run: a line with its zero, then one attempt a line. */
    public static Attempts read(Path file) {
        try {
            List<String> lines = Files.readAllLines(file);
            return new Attempts(
                    new JsonObject(lines.getFirst()).getLong("zero"),
                    lines.stream().skip(1).map(line -> Attempt.of(new JsonObject(line))).toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes the records of a run. */
    public void write(Path file) {
        try (var out = Files.newBufferedWriter(file)) {
            out.write(new JsonObject().put("zero", zeroNanos).encode());
            out.newLine();
            for (Attempt attempt : all) {
                out.write(attempt.json().encode());
                out.newLine();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
