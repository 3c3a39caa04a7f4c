package dev.loadline.load.scenario;

import dev.loadline.load.bench.Bench;
import dev.loadline.load.bench.Gate;
import dev.loadline.load.bench.Result;
import dev.loadline.load.bench.Scenario;
import dev.loadline.load.gatling.WholeAnswer;
import dev.loadline.load.plan.Arrival;
import dev.loadline.load.plan.Attempt;
import dev.loadline.load.plan.Attempts;
import dev.loadline.load.plan.Plan;
import dev.loadline.load.process.Child;
import dev.loadline.load.process.LoadlineConfig;
import dev.loadline.load.process.ServerUnderTest;
import dev.loadline.load.process.StandIn;
import dev.loadline.load.report.Plot;
import dev.loadline.load.standin.Script;

import io.vertx.core.json.JsonObject;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * So many answers that run at once, slow ones, so that a small machine can carry them: half of them
 * read as server-sent events, half over a WebSocket each.
 */
public final class Streams implements Scenario {
    private static final String BY_EVENTS = "SSE";
    private static final Duration TO_SETTLE = Duration.ofSeconds(3);
    private static final Duration FIRST = Duration.ofMillis(100);

    /**
     * How many, at how many a second, how far their tokens lie apart, and how long all of them run
     * at once.
     */
    private record Size(int streams, double perSecond, Duration pace, Duration together) {
        Duration rise() {
            return Duration.ofMillis(Math.round(streams * 1000 / perSecond));
        }

        /** Until the first answer ends. */
        Duration allRunUntil() {
            return rise().plus(together);
        }

        Duration lasts() {
            return allRunUntil().plus(rise());
        }

        Script script() {
            int tokens = (int) Math.ceilDiv(allRunUntil().toMillis(), pace.toMillis()) + 1;
            return Script.DEFAULT.with(
                    "marks=all first=%dms tokens=%d pace=%dms"
                            .formatted(FIRST.toMillis(), tokens, pace.toMillis()));
        }
    }

    private static final Size WARM = new Size(40, 20, Duration.ofMillis(200), Duration.ZERO);
    private static final Size GENERATOR_WARM =
            new Size(900, 50, Duration.ofMillis(200), Duration.ZERO);
    private static final Size QUICK =
            new Size(200, 50, Duration.ofMillis(500), Duration.ofSeconds(7));
    private static final Size FULL =
            new Size(3_000, 50, Duration.ofSeconds(2), Duration.ofSeconds(30));

    @Override
    public String asks() {
        return "What do 3,000 answers cost that run at once, and is each of them whole?";
    }

    @Override
    public void run(Bench bench, Result result) {
        Size size = bench.quickOr(QUICK, FULL);
        StandIn model = bench.standIn();
        ServerUnderTest server =
                bench.loadline(LoadlineConfig.defaults().slots(size.streams + 100), model);
        bench.run("warm-up", WholeAnswer.class, plan(server, WARM, Arrival.WARM_UP), result);
        AtRest rest = AtRest.before(server);
        model.reset();
        List<Watch> watches = new ArrayList<>();
        Attempts attempts =
                bench.run(
                        "streams",
                        WholeAnswer.class,
                        bench.warmed(
                                plan(server, size, ""),
                                other -> plan(other, GENERATOR_WARM, Arrival.WARM_UP)),
                        result,
                        begun -> {
                            Watch watch = new Watch(server, begun.zeroNanos());
                            watches.add(watch);
                            look(size, server, model, watch, rest, result);
                        });
        judge(size, attempts, model.counts(), result);
        tell(attempts, watches.getFirst(), result);
        rest.judge(bench, result);
    }

    private static Plan plan(ServerUnderTest server, Size size, String phase) {
        return new Plan(
                Plan.even(
                        Duration.ZERO,
                        size.perSecond,
                        size.rise(),
                        (number, due) -> {
                            String door = number % 2 == 0 ? BY_EVENTS : WholeAnswer.BY_SOCKET;
                            String id = "streams-" + phase + number;
                            String text = "Hi " + size.script().with("key=" + id).inBrackets();
                            return new Arrival(phase + door, due, server.url(), "", id, id, text);
                        }));
    }

    /** While all of them run: what they hold, and what a token costs. */
    private static void look(
            Size size,
            ServerUnderTest server,
            StandIn model,
            Watch watch,
            AtRest rest,
            Result result) {
        watch.until(size.rise().plus(TO_SETTLE));
        if (server.process().isPresent()) {
            Child process = server.process().get();
            int running = watch.now().turns();
            if (running > 0) {
                double bytes = AtRest.heap(server) - rest.heapBefore();
                result.figure(
                        "heap per running stream, its reader included",
                        "%.2f KiB, by %d of them".formatted(bytes / running / 1024, running));
            }
            result.figure(
                    "processor time per token, each token a write of its own",
                    perToken(size, process, model, watch));
        }
        watch.until(size.lasts().plusSeconds(2));
    }

    private static String perToken(Size size, Child process, StandIn model, Watch watch) {
        long tokensBefore = model.counts().getLong("tokens");
        Duration before = process.cpuTime();
        watch.until(size.allRunUntil());
        double micros = process.cpuTime().minus(before).toNanos() / 1000.0;
        long tokens = model.counts().getLong("tokens") - tokensBefore;
        return tokens < size.streams
                ? "not measured: the readings before took too long"
                : "%.0f µs, by %d tokens".formatted(micros / tokens, tokens);
    }

    private static void judge(Size size, Attempts attempts, JsonObject counts, Result result) {
        result.gate(Gate.exactly("answers refused", attempts.count(Attempt::refused), 0));
        result.gate(
                Gate.exactly(
                        "answers completed", attempts.count(Attempt::completed), size.streams));
        result.gate(
                Gate.exactly(
                        "answers whose text is the model's, chunk by chunk",
                        attempts.count(it -> it.note().equals(WholeAnswer.WHOLE)),
                        size.streams));
        result.gate(Gate.exactly("calls of the model", counts.getLong("calls"), size.streams));
        result.gate(
                Gate.exactly(
                        "messages that the model was asked",
                        counts.getLong("distinct"),
                        size.streams));
        result.gate(
                Gate.atLeast(
                        "calls of the model under way at once",
                        counts.getLong("maxActive"),
                        size.streams));
    }

    private static void tell(Attempts attempts, Watch watch, Result result) {
        Plot added = Plot.percentiles("Added first-token time");
        for (String door : List.of(BY_EVENTS, WholeAnswer.BY_SOCKET)) {
            Attempts through = attempts.phase(door);
            result.figure(
                    door + ": added first-token time while they begin",
                    "p50 %.2f ms, p99 %.2f ms"
                            .formatted(
                                    through.added().getValueAtPercentile(50) / 1000.0,
                                    through.added().getValueAtPercentile(99) / 1000.0));
            added.curve(door, through.added());
        }
        result.plot(added);
        result.plot(
                Plot.overTime("Answers under way, by the server's gauges", "answers")
                        .line("turns", watch.points(Holdings::turns))
                        .line("streams", watch.points(Holdings::streams))
                        .line("sockets", watch.points(Holdings::sockets)));
    }
}
