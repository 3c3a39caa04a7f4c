package dev.loadline.load.bench;

import dev.loadline.load.gatling.Generator;
import dev.loadline.load.plan.Attempts;
import dev.loadline.load.plan.Plan;
import dev.loadline.load.process.FloorServer;
import dev.loadline.load.process.LoadlineConfig;
import dev.loadline.load.process.ServerUnderTest;
import dev.loadline.load.process.StandIn;

import io.gatling.javaapi.core.Simulation;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * What a scenario works with: processes that end with it, and a directory of its own for all data.
 * For one thread.
 */
public final class Bench implements AutoCloseable {
    /** What is the same for all scenarios of a run. */
    public record Setup(
            Path jar,
            boolean quick,
            Optional<String> target,
            String targetToken,
            int targetModelPort) {}

    private final Setup setup;
    private final Path directory;
    private final Deque<Runnable> ends = new ArrayDeque<>();

    /**
     * Makes the directory.
     *
     * @throws IOException if it can't
     */
    public Bench(Setup setup, Path directory) throws IOException {
        this.setup = setup;
        this.directory = Files.createDirectories(directory);
    }

    /** True for a run that only shows that all works, in seconds; its figures mean little. */
    public boolean quick() {
        return setup.quick();
    }

    /** The first in a quick run, else the second. */
    public <T> T quickOr(T quick, T full) {
        return setup.quick() ? quick : full;
    }

    /** Where data of this scenario belong. */
    public Path directory() {
        return directory;
    }

    /** Starts a model stand-in; with {@code --target} at the port that the target asks. */
    public StandIn standIn() {
        StandIn standIn = StandIn.start(directory, setup.targetModelPort(), 1);
        atEnd(standIn::close);
        return standIn;
    }

    /** Starts the floor. */
    public FloorServer floor(StandIn standIn) {
        FloorServer floor = FloorServer.start(directory, standIn);
        atEnd(floor::close);
        return floor;
    }

    /** Starts a Loadline server; with {@code --target} it is that one, as it is set up. */
    public ServerUnderTest loadline(LoadlineConfig config, StandIn standIn) {
        if (setup.target().isPresent())
            return ServerUnderTest.at(setup.target().get(), setup.targetToken());
        ServerUnderTest server =
                ServerUnderTest.start(directory, setup.jar(), config, standIn.url());
        atEnd(server::close);
        return server;
    }

    /**
     * Carries out a plan and waits for its end. The generator's lateness goes into the result.
     *
     * @param name of the run, unique in the scenario
     */
    public Attempts run(
            String name, Class<? extends Simulation> simulation, Plan plan, Result result) {
        return run(name, simulation, plan, result, begun -> {});
    }

    /**
     * The same, and does something meanwhile.
     *
     * @param meanwhile is called once the run's zero is known, some two seconds before it (more
     *     where the generator gets warm first); must return by itself
     */
    public Attempts run(
            String name,
            Class<? extends Simulation> simulation,
            Plan plan,
            Result result,
            Consumer<Generator> meanwhile) {
        say(
                "%s: %d arrivals in %d s"
                        .formatted(name, plan.arrivals().size(), plan.length().toSeconds()));
        try (Generator generator = Generator.start(directory, name, simulation, plan, quick())) {
            meanwhile.accept(generator);
            Attempts attempts = generator.finish();
            result.lateness(name, attempts);
            return attempts.fromZero();
        }
    }

    /**
     * The plan, and before it another one at a server and a model of its own: on these the
     * generator gets warm, so that nothing of it is counted anywhere. A quick run, and one with
     * {@code --target}, goes without.
     */
    public Plan warmed(Plan plan, Function<ServerUnderTest, Plan> warmUp) {
        if (setup.quick() || setup.target().isPresent()) return plan;
        Path own = directory.resolve("warm-up");
        try {
            Files.createDirectories(own);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        StandIn model = StandIn.start(own, 0, 1);
        atEnd(model::close);
        ServerUnderTest server =
                ServerUnderTest.start(own, setup.jar(), LoadlineConfig.defaults(), model.url());
        atEnd(server::close);
        return plan.after(warmUp.apply(server));
    }

    /** Tells the one who watches. */
    public void say(String what) {
        System.out.println("  " + what);
    }

    /** Does this when the scenario is over; the last one first. */
    public void atEnd(Runnable end) {
        ends.push(end);
    }

    @Override
    public void close() {
        while (!ends.isEmpty()) ends.pop().run();
    }
}
