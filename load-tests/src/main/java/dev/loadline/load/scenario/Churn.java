package dev.loadline.load.scenario;

import dev.loadline.load.bench.Bench;
import dev.loadline.load.bench.Gate;
import dev.loadline.load.bench.Result;
import dev.loadline.load.bench.Scenario;
import dev.loadline.load.gatling.Leaving;
import dev.loadline.load.gatling.Leaving.Back;
import dev.loadline.load.gatling.Vanish;
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

import io.vertx.core.json.JsonObject;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * People who connect, send and vanish, in each way that {@link Leaving} knows; some come back. Each
 * has a conversation of their own, so that what the server made of one message stands alone there.
 */
public final class Churn implements Scenario {
    private static final Duration LENGTH = Duration.ofSeconds(60);
    private static final Duration QUICK_LENGTH = Duration.ofSeconds(8);
    private static final double PER_SECOND = 40;
    private static final int SLOTS = 2_000;
    private static final String ANSWER = "marks=all first=300ms tokens=20 pace=100ms";
    private static final Duration WARM = Duration.ofSeconds(8); // of the generator
    private static final Duration TO_END = Duration.ofSeconds(8);

    @Override
    public String asks() {
        return "What becomes of the turns of people who vanish, and what do they leave behind?";
    }

    @Override
    public void run(Bench bench, Result result) {
        StandIn model = bench.standIn();
        ServerUnderTest server = bench.loadline(LoadlineConfig.defaults().slots(SLOTS), model);
        bench.run(
                "warm-up",
                Vanish.class,
                plan(server, Duration.ofSeconds(2), Arrival.WARM_UP + " "),
                result);
        AtRest rest = AtRest.before(server);
        model.reset();
        Duration length = bench.quickOr(QUICK_LENGTH, LENGTH);
        List<Watch> watches = new ArrayList<>();
        Duration cpuBefore = server.process().map(Child::cpuTime).orElse(Duration.ZERO);
        Attempts attempts =
                bench.run(
                        "churn",
                        Vanish.class,
                        bench.warmed(
                                plan(server, length, ""),
                                other -> plan(other, WARM, Arrival.WARM_UP + " ")),
                        result,
                        begun -> {
                            Watch watch = new Watch(server, begun.zeroNanos());
                            watches.add(watch);
                            watch.until(length.plus(TO_END));
                        });
        Duration cpu = server.process().map(Child::cpuTime).orElse(Duration.ZERO).minus(cpuBefore);
        rest.judge(bench, result);
        judgeTurns(server, model, attempts, result);
        judgeReturns(attempts, result);
        tell(attempts, watches.getFirst(), cpu, result);
    }

    private static Plan plan(ServerUnderTest server, Duration length, String before) {
        return new Plan(
                Plan.random(
                        Duration.ZERO,
                        PER_SECOND,
                        length,
                        1,
                        (number, due) -> {
                            String phase = Leaving.ALL.get(number % Leaving.ALL.size()).phase();
                            String id = "churn-" + before.strip() + number;
                            String text = "Hi [" + ANSWER + " key=" + id + "]";
                            return new Arrival(before + phase, due, server.url(), "", id, id, text);
                        }));
    }

    /** What the server and the model know of each message, asked one by one. */
    private static void judgeTurns(
            ServerUnderTest server, StandIn model, Attempts attempts, Result result) {
        JsonObject calls = model.callsByKey();
        Map<String, Integer> found = new HashMap<>();
        Map<String, Integer> ends = new TreeMap<>();
        for (Attempt attempt : attempts.all()) {
            boolean acknowledged = !attempt.turn().isEmpty();
            List<JsonObject> turns = turns(server, attempt.arrival().conversation());
            int asked = calls.getInteger(attempt.arrival().key(), 0);
            count(found, "acknowledged", acknowledged);
            count(found, "lost", acknowledged && !isThere(server, attempt.turn(), turns));
            count(found, "two turns", turns.size() > 1);
            count(found, "asked twice", asked > 1);
            count(found, "never asked", acknowledged && asked == 0);
            for (JsonObject turn : turns) {
                ends.merge(turn.getString("status"), 1, Integer::sum);
                count(found, "unended", !turn.containsKey("ended"));
                count(found, "not completed", !"completed".equals(turn.getString("status")));
            }
        }
        zero(result, "acknowledged turns that nobody knows any more", found.get("lost"));
        zero(result, "turns that have not ended", found.get("unended"));
        zero(result, "turns that ended otherwise than completed", found.get("not completed"));
        zero(result, "messages that became two turns", found.get("two turns"));
        zero(result, "messages that the model was asked twice", found.get("asked twice"));
        zero(result, "acknowledged ones that it was never asked", found.get("never asked"));
        result.figure(
                "messages, acknowledged to their sender, turns by their end",
                attempts.size() + ", " + found.get("acknowledged") + ", " + ends);
    }

    private static List<JsonObject> turns(ServerUnderTest server, String conversation) {
        return server
                .get("/api/conversations/" + conversation + "/turns")
                .getJsonArray("items")
                .stream()
                .map(JsonObject.class::cast)
                .toList();
    }

    private static boolean isThere(ServerUnderTest server, String turn, List<JsonObject> turns) {
        return turns.stream().anyMatch(it -> turn.equals(it.getString("turn")))
                && turn.equals(server.get("/api/turns/" + turn).getString("turn"));
    }

    private static void count(Map<String, Integer> found, String what, boolean isSo) {
        found.merge(what, isSo ? 1 : 0, Integer::sum);
    }

    private static void zero(Result result, String what, Integer measured) {
        result.gate(Gate.exactly(what, measured == null ? 0 : measured, 0));
    }

    /** What people saw. */
    private static void judgeReturns(Attempts attempts, Result result) {
        Attempts sent = attempts.where(it -> !it.refused());
        Attempts back = sent.where(it -> !isGone(it));
        Attempts gone = sent.where(Churn::isGone);
        result.figure("people refused", Integer.toString(attempts.size() - sent.size()));
        zero(
                result,
                "people who could not even leave as planned, of " + gone.size(),
                gone.count(it -> !it.outcome().equals(Vanish.VANISHED)));
        zero(
                result,
                "people who came back and saw no end, of " + back.size(),
                back.count(it -> !it.completed()));
        zero(
                result,
                "people who came back and whose text is not whole, of " + back.size(),
                back.count(it -> !it.note().equals(WholeAnswer.WHOLE)));
    }

    private static boolean isGone(Attempt attempt) {
        return Leaving.of(attempt.arrival().phase()).back() == Back.NEVER;
    }

    private static void tell(Attempts attempts, Watch watch, Duration cpu, Result result) {
        if (!cpu.isZero())
            result.figure(
                    "processor time per message, its 20 tokens included",
                    "%.2f ms".formatted(cpu.toNanos() / 1e6 / attempts.size()));
        result.plot(
                Plot.overTime("What is open, by the server's gauges", "")
                        .line("turns", watch.points(Holdings::turns))
                        .line("streams", watch.points(Holdings::streams))
                        .line("sockets", watch.points(Holdings::sockets)));
        result.plot(
                Plot.overTime("Messages", "per second")
                        .perSecond(
                                "sent", attempts.all().stream().map(Attempt::sentMicros).toList())
                        .perSecond(
                                "seen to the end by who came back",
                                attempts.where(Attempt::completed).all().stream()
                                        .map(Attempt::doneMicros)
                                        .toList()));
    }
}
