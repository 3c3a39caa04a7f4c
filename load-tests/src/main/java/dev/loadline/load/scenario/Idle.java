package dev.loadline.load.scenario;

import dev.loadline.load.bench.Bench;
import dev.loadline.load.bench.Gate;
import dev.loadline.load.bench.Result;
import dev.loadline.load.bench.Scenario;
import dev.loadline.load.gatling.HeldSocket;
import dev.loadline.load.plan.Arrival;
import dev.loadline.load.plan.Attempt;
import dev.loadline.load.plan.Attempts;
import dev.loadline.load.plan.Plan;
import dev.loadline.load.process.Child;
import dev.loadline.load.process.LoadlineConfig;
import dev.loadline.load.process.ServerUnderTest;
import dev.loadline.load.process.StandIn;
import dev.loadline.load.report.Plot;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * So many WebSockets that say nothing but their heartbeats: opened one by one, held, closed one by
 * one. Last of all while they are there, a few others ask.
 */
public final class Idle implements Scenario {
    private static final String HELD = "held";
    private static final String ASKING = "asking meanwhile";
    private static final int ASKED = 5;
    private static final Duration TO_SETTLE = Duration.ofSeconds(3);

    /** How many sockets, at how many a second, and how long they are left alone. */
    private record Size(int sockets, double perSecond, Duration quiet) {
        Duration rise() {
            return Duration.ofMillis(Math.round(sockets * 1000 / perSecond));
        }

        /** From when on all are there, and nothing else happens. */
        Duration quietFrom() {
            return rise().plus(TO_SETTLE).plus(TO_SETTLE);
        }

        Duration asksFrom() {
            return quietFrom().plus(quiet).plusSeconds(1);
        }

        /** The last one asks, and from then on sockets are closed. */
        Duration lasts() {
            return asksFrom().plusSeconds(ASKED - 1);
        }
    }

    /** What was seen while they were held. */
    private record Seen(Watch watch, int sockets, Duration cpu) {}

    private static final Size QUICK = new Size(500, 125, Duration.ofSeconds(5));
    private static final Size FULL = new Size(10_000, 200, Duration.ofSeconds(60));

    @Override
    public String asks() {
        return "What do 10,000 WebSockets cost that say nothing, and what is left when they close?";
    }

    @Override
    public void run(Bench bench, Result result) {
        Size size = bench.quickOr(QUICK, FULL);
        StandIn model = bench.standIn();
        ServerUnderTest server = bench.loadline(LoadlineConfig.defaults(), model);
        bench.run("warm-up", HeldSocket.class, warmUp(server), result);
        AtRest rest = AtRest.before(server);
        int lostBefore = Holdings.of(server).lost();
        List<Seen> seen = new ArrayList<>();
        Attempts attempts =
                bench.run(
                        "idle",
                        HeldSocket.class,
                        bench.warmed(plan(server, size), Idle::generatorWarmUp),
                        result,
                        begun ->
                                seen.add(
                                        look(
                                                size,
                                                server,
                                                new Watch(server, begun.zeroNanos()),
                                                rest,
                                                result)));
        judge(size, server, seen.getFirst().watch, attempts, lostBefore, result);
        rest.judge(bench, result);
        if (server.process().isPresent() && seen.getFirst().sockets > 0)
            costs(size, server, seen.getFirst(), result);
    }

    /** What it costs to hold them, beside what the same server does with none. */
    private static void costs(Size size, ServerUnderTest server, Seen seen, Result result) {
        Watch watch = new Watch(server, System.nanoTime());
        double minutes = size.quiet.toMillis() / 60_000.0;
        double alone = cpu(server, () -> watch.until(size.quiet)).toNanos() / 1e6 / minutes;
        double with = seen.cpu.toNanos() / 1e6 / minutes;
        result.figure(
                "processor time per 1,000 idle sockets and minute",
                "%.0f ms: with %d sockets %.0f ms a minute, afterwards with none %.0f ms"
                        .formatted(
                                (with - alone) * 1000 / seen.sockets, seen.sockets, with, alone));
    }

    private static Plan warmUp(ServerUnderTest server) {
        List<Arrival> all = new ArrayList<>();
        all.addAll(
                Plan.even(
                        Duration.ZERO,
                        50,
                        Duration.ofSeconds(2),
                        (n, due) -> held(Arrival.WARM_UP, server, due, n)));
        all.add(asking(Arrival.WARM_UP, server, 2_000_000, 0));
        return new Plan(all);
    }

    private static Plan generatorWarmUp(ServerUnderTest server) {
        return new Plan(
                Plan.even(
                        Duration.ZERO,
                        FULL.perSecond,
                        Duration.ofSeconds(6),
                        (n, due) -> held(Arrival.WARM_UP, server, due, -1 - n)));
    }

    private static Plan plan(ServerUnderTest server, Size size) {
        List<Arrival> all = new ArrayList<>();
        all.addAll(
                Plan.even(
                        Duration.ZERO,
                        size.perSecond,
                        size.rise(),
                        (n, due) -> held(HELD, server, due, n)));
        all.addAll(
                Plan.even(
                        size.asksFrom(),
                        1,
                        Duration.ofSeconds(ASKED),
                        (n, due) -> asking(ASKING, server, due, n)));
        return new Plan(all);
    }

    private static Arrival held(String phase, ServerUnderTest server, long due, int number) {
        return new Arrival(phase, due, server.url(), "", "idle", "held-" + number, "");
    }

    private static Arrival asking(String phase, ServerUnderTest server, long due, int number) {
        String id = phase.replaceAll("[^a-z]+", "-") + number;
        String text = "Hi [first=100ms tokens=5 pace=20ms key=" + id + "]";
        return new Arrival(phase, due, server.url(), "", id, id, text);
    }

    /**
     * While the run is on: what all of them hold.
     *
     * @return the processor time while they were left alone, among others
     */
    private static Seen look(
            Size size, ServerUnderTest server, Watch watch, AtRest rest, Result result) {
        watch.until(size.rise().plus(TO_SETTLE));
        int there = watch.now().sockets();
        if (server.process().isPresent() && there > 0) {
            double bytes = AtRest.heap(server) - rest.heapBefore();
            result.figure(
                    "heap per idle socket",
                    "%.2f KiB, by %d of them".formatted(bytes / there / 1024, there));
        }
        watch.until(size.quietFrom());
        Duration cpu = cpu(server, () -> watch.until(size.quietFrom().plus(size.quiet)));
        watch.until(size.lasts().plus(size.rise()).plusSeconds(2));
        return new Seen(watch, there, cpu);
    }

    private static Duration cpu(ServerUnderTest server, Runnable meanwhile) {
        Optional<Child> process = server.process();
        Duration before = process.map(Child::cpuTime).orElse(Duration.ZERO);
        meanwhile.run();
        return process.map(Child::cpuTime).orElse(Duration.ZERO).minus(before);
    }

    private static void judge(
            Size size,
            ServerUnderTest server,
            Watch watch,
            Attempts attempts,
            int lostBefore,
            Result result) {
        Attempts held = attempts.phase(HELD);
        result.gate(
                Gate.exactly(
                        "sockets opened, by their clients",
                        held.count(it -> it.status() == 101),
                        size.sockets));
        result.gate(
                Gate.atLeast(
                        "sockets open at the server, at the least, while all are held",
                        watch.between(
                                        size.rise().plus(TO_SETTLE),
                                        size.lasts().minusSeconds(1),
                                        Holdings::sockets)
                                .least(),
                        size.sockets));
        result.gate(
                Gate.exactly(
                        "sockets over which the server still answers at their end",
                        held.count(Attempt::completed),
                        size.sockets));
        result.gate(
                Gate.exactly(
                        "sockets that ended otherwise than by their client, at the server",
                        Holdings.of(server).lost() - lostBefore,
                        0));
        Attempts asked = attempts.phase(ASKING);
        result.gate(
                Gate.exactly(
                        "turns answered while they are all there",
                        asked.count(Attempt::completed),
                        asked.size()));
        result.figure(
                "a turn's time while they are all there, of 200 ms at the model",
                "%.1f ms p50"
                        .formatted(
                                asked.histogram(Attempt::latencyMicros).getValueAtPercentile(50)
                                        / 1000.0));
        result.plot(
                Plot.overTime("WebSockets open at the server", "sockets")
                        .line("open", watch.points(Holdings::sockets)));
    }
}
