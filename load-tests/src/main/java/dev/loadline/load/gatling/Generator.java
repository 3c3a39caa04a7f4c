package dev.loadline.load.gatling;

import dev.loadline.load.plan.Attempts;
import dev.loadline.load.plan.Plan;
import dev.loadline.load.process.Child;

import io.gatling.app.Gatling;
import io.gatling.javaapi.core.Simulation;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/** A run of the generator, in a process of its own. */
public final class Generator implements AutoCloseable {
    static final String PLAN = "load.plan";
    static final String RECORDS = "load.records";

    private static final Pattern ZERO = Pattern.compile("zero (\\d+)");
    private static final Duration TO_END = Duration.ofSeconds(300);

    private final Child child;
    private final Plan plan;
    private final Path records;
    private final long zeroNanos;

    private Generator(Child child, Plan plan, Path records, long zeroNanos) {
        this.child = child;
        this.plan = plan;
        this.records = records;
        this.zeroNanos = zeroNanos;
    }

    /**
     * Starts it; answers when its zero is known, which is then some two seconds ahead, and what the
     * plan has before it.
     *
     * @param name of its files in this directory
     * @param brief true for a run so short that a JVM that compiles less is the faster one
     */
    public static Generator start(
            Path directory,
            String name,
            Class<? extends Simulation> simulation,
            Plan plan,
            boolean brief) {
        Path planFile = directory.resolve(name + "-plan.jsonl");
        Path records = directory.resolve(name + "-attempts.jsonl");
        plan.write(planFile);
        Child child =
                Child.ofClass(
                        name + "-generator",
                        directory,
                        List.of(
                                "-Xmx2g",
                                "-XX:+UseParallelGC",
                                "-XX:TieredStopAtLevel=" + (brief ? 1 : 4),
                                "--add-opens=java.base/java.lang=ALL-UNNAMED",
                                "-D" + PLAN + "=" + planFile,
                                "-D" + RECORDS + "=" + records),
                        Gatling.class,
                        "--simulation",
                        simulation.getName(),
                        "--no-reports",
                        "--results-folder",
                        directory.resolve("gatling").toString());
        long zero = Long.parseLong(child.awaitLine(ZERO).group(1));
        return new Generator(child, plan, records, zero);
    }

    /** The run's zero by {@link System#nanoTime}. */
    public long zeroNanos() {
        return zeroNanos;
    }

    /** Waits for its end. */
    public Attempts finish() {
        child.awaitSuccess(plan.lead().plus(plan.length()).plus(TO_END));
        return Attempts.read(records);
    }

    @Override
    public void close() {
        child.close();
    }
}
