package dev.loadline.load.scenario;

import dev.loadline.load.bench.Bench;
import dev.loadline.load.bench.Gate;
import dev.loadline.load.bench.Result;
import dev.loadline.load.bench.Scenario;
import dev.loadline.load.bench.Spread;
import dev.loadline.load.process.Child;
import dev.loadline.load.process.FloorServer;
import dev.loadline.load.process.LoadlineConfig;
import dev.loadline.load.process.ServerUnderTest;
import dev.loadline.load.process.StandIn;
import dev.loadline.load.standin.Script;
import dev.loadline.load.tokens.LongAnswers;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * What a token costs: processor time of the server's process, user and system, over the tokens that
 * reached the clients, of whom each counts its own. All that a turn takes is in it (conversation,
 * store, context, the last event with the whole text), and so is what the JVM does meanwhile. The
 * floor has the same Java options and takes its turn in every round.
 *
 * <p>The gate is on the ratio where tokens come as fast as they are taken. Where each comes alone
 * it is told: there, what a server does by the second whether a token comes or not (probes of its
 * loops, sweeps) weighs as much as the machine is idle.
 */
public final class Saturate implements Scenario {
    private static final double BOUND = 1.3;
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** Heap is the same for both. */
    private static final LoadlineConfig CONFIG = LoadlineConfig.defaults().jvm("-Xmx2g");

    /** How tokens come from the model. */
    private record Regime(String name, String says, boolean saturates, int streams, Script script) {
        int tokens() {
            return streams * script.tokens();
        }
    }

    /** A server that is asked, and how its processor time is read. */
    private record Server(String name, String url, String query, Supplier<Duration> cpu) {}

    @Override
    public String asks() {
        return "What does a token cost in processor time, against the floor's? At most 1.3 times as"
                + " much where tokens come as fast as they are taken.";
    }

    @Override
    public void run(Bench bench, Result result) throws TimeoutException {
        StandIn standIn = bench.standIn();
        ServerUnderTest loadline = bench.loadline(CONFIG, standIn);
        Optional<Child> process = loadline.process();
        if (process.isEmpty()) {
            result.broken("the processor time of a server elsewhere can't be read");
            return;
        }
        FloorServer floor = bench.floor(standIn);
        List<Server> servers =
                List.of(
                        new Server("loadline", loadline.url(), "", process.get()::cpuTime),
                        new Server("floor, a write per token", floor.url(), "", floor::cpuTime),
                        new Server(
                                "floor, a write per loop turn",
                                floor.url(),
                                "?coalesced",
                                floor::cpuTime));
        try (LongAnswers clients = new LongAnswers()) {
            for (Regime regime : regimes(bench.quick()))
                measure(bench, clients, regime, servers, result);
        }
    }

    private static List<Regime> regimes(boolean quick) {
        Script numbered = Script.DEFAULT.with("size=8");
        int streams = quick ? 20 : 100;
        return List.of(
                new Regime(
                        "burst",
                        "as fast as they are taken, a chunk a write",
                        true,
                        streams,
                        numbered.with(quick ? "tokens=500" : "tokens=2000")),
                new Regime(
                        "paced",
                        "each alone, 30 a second and stream",
                        false,
                        streams,
                        numbered.with("pace=33ms").with(quick ? "tokens=60" : "tokens=300")));
    }

    private static void measure(
            Bench bench, LongAnswers clients, Regime regime, List<Server> servers, Result result)
            throws TimeoutException {
        int warm = bench.quickOr(1, 2);
        int rounds = bench.quickOr(3, 5);
        double[][] micros = new double[servers.size()][rounds];
        for (int round = -warm; round < rounds; round++) {
            for (int s = 0; s < servers.size(); s++) {
                double cost = round(clients, regime, servers.get(s));
                bench.say(
                        "%s %d, %s: %.2f µs"
                                .formatted(regime.name, round, servers.get(s).name, cost));
                if (round >= 0) micros[s][round] = cost;
            }
        }
        for (int s = 0; s < servers.size(); s++)
            result.figure(
                    regime.name + " (" + regime.says + "), " + servers.get(s).name + ": a token",
                    Spread.of(micros[s]).words("µs"));
        List<Spread> ratios = new ArrayList<>();
        for (int s = 1; s < servers.size(); s++) {
            ratios.add(Spread.of(ratios(micros[0], micros[s])));
            result.figure(
                    regime.name + ": loadline ÷ " + servers.get(s).name,
                    ratios.getLast().words("times"));
        }
        if (!regime.saturates) return;
        result.gate(
                Gate.atMost(
                        regime.name + ": processor time a token ÷ the floor's, median",
                        ratios.getFirst().median(),
                        BOUND));
    }

    private static double round(LongAnswers clients, Regime regime, Server server)
            throws TimeoutException {
        Duration before = server.cpu.get();
        clients.read(server.url, server.query, regime.streams, regime.script, PATIENCE);
        Duration took = server.cpu.get().minus(before);
        return took.toNanos() / 1000.0 / regime.tokens();
    }

    private static double[] ratios(double[] ours, double[] theirs) {
        double[] ratios = new double[ours.length];
        Arrays.setAll(ratios, i -> ours[i] / theirs[i]);
        return ratios;
    }
}
