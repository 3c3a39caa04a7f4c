package dev.loadline.load.scenario;

import dev.loadline.load.bench.Bench;
import dev.loadline.load.bench.Gate;
import dev.loadline.load.bench.Result;
import dev.loadline.load.bench.Scenario;
import dev.loadline.load.gatling.PressAgain;
import dev.loadline.load.gatling.PressAgain.Manner;
import dev.loadline.load.plan.Arrival;
import dev.loadline.load.plan.Attempt;
import dev.loadline.load.plan.Attempts;
import dev.loadline.load.plan.Plan;
import dev.loadline.load.plan.Press;
import dev.loadline.load.process.LoadlineConfig;
import dev.loadline.load.process.ServerUnderTest;
import dev.loadline.load.process.StandIn;
import dev.loadline.load.report.Plot;

import io.vertx.core.json.JsonObject;

import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The model's first token takes 8 s, and people press again after 4 s until they see something:
 * each composes one message in a conversation of their own. What the model is asked is counted at
 * the model.
 */
public final class Resend implements Scenario {
    private static final Manner[] MANNERS = Manner.values();
    private static final int USERS = 20;

    @Override
    public String asks() {
        return "What do people cause who press again after 4 s, while the first token takes 8 s?";
    }

    @Override
    public void run(Bench bench, Result result) throws Exception {
        StandIn model = bench.standIn();
        LoadlineConfig config = LoadlineConfig.defaults();
        for (int user = 0; user < USERS; user++) config = config.user("acme/user" + user);
        ServerUnderTest server = bench.loadline(config, model);
        Duration length = Duration.ofSeconds(bench.quickOr(10, 40));
        Plan plan =
                new Plan(
                        Plan.random(
                                Duration.ZERO,
                                10,
                                length,
                                1,
                                (number, due) -> arrival(server.url(), number, due)));
        Attempts attempts = bench.run("resend", PressAgain.class, plan, result);
        JsonObject counts = model.counts();
        JsonObject calls = model.callsByKey();

        result.gate(
                Gate.atMost(
                        "model calls ÷ composed messages",
                        (double) counts.getInteger("calls") / attempts.size(),
                        1.02));
        result.gate(
                Gate.exactly(
                        "messages that the model was never asked",
                        attempts.count(one -> calls.getInteger(one.arrival().key(), 0) == 0),
                        0));
        answers(attempts, result);
        presses(attempts, counts, result);
        plots(attempts, result);
    }

    private static Arrival arrival(String url, int number, long due) {
        String key = "message-" + number;
        return new Arrival(
                "resend",
                due,
                url,
                "acme/user" + number % USERS,
                "c" + number,
                key,
                "Message %d [first=8s tokens=20 pace=100ms key=%s]".formatted(number, key),
                MANNERS[number % MANNERS.length].name());
    }

    private static void answers(Attempts attempts, Result result) throws Exception {
        Conversed conversed = Conversed.read(attempts);
        result.gate(
                Gate.exactly(
                        "people who do not find exactly their message and one whole answer",
                        conversed.notOneAnswer(),
                        0));
        result.gate(
                Gate.exactly(
                        "people who did not see their answer to its end",
                        attempts.count(one -> !one.completed()),
                        0));
        result.gate(
                Gate.exactly(
                        "people whose presses named more than one turn",
                        attempts.count(one -> turns(one).size() > 1),
                        0));
    }

    private static Set<String> turns(Attempt attempt) {
        return Press.of(attempt).stream()
                .map(Press::turn)
                .filter(turn -> !turn.isEmpty())
                .collect(Collectors.toSet());
    }

    private static void presses(Attempts attempts, JsonObject counts, Result result) {
        result.figure("Messages composed", Integer.toString(attempts.size()));
        result.figure("Calls of the model", counts.getInteger("calls").toString());
        for (Manner manner : MANNERS) {
            Attempts own = attempts.where(one -> one.arrival().manner().equals(manner.name()));
            result.figure(
                    "Presses, " + manner.name().toLowerCase(Locale.ROOT).replace('_', ' '),
                    "%d for %d messages"
                            .formatted(
                                    own.all().stream().mapToInt(one -> presses(one)).sum(),
                                    own.size()));
        }
        result.figure(
                "Answer to a press that repeats",
                Told.percentiles(
                        Told.answered(
                                attempts.all().stream()
                                        .flatMap(one -> Press.of(one).stream())
                                        .filter(Press::duplicate)
                                        .toList(),
                                true)));
    }

    /** A stream's own submission, and a socket's, tell no press of their own. */
    private static int presses(Attempt attempt) {
        Manner manner = Manner.valueOf(attempt.arrival().manner());
        boolean oneMore = manner == Manner.CONNECTION_DIED || manner == Manner.SECOND_DEVICE;
        return Press.of(attempt).size() + (oneMore ? 1 : 0);
    }

    private static void plots(Attempts attempts, Result result) {
        result.plot(Told.overTime("Presses", attempts));
        Plot first = Plot.percentiles("From due to the first text");
        Plot end = Plot.percentiles("From due to the end");
        for (Manner manner : MANNERS) {
            String name = manner.name().toLowerCase(Locale.ROOT).replace('_', ' ');
            Attempts own =
                    attempts.where(
                            one -> one.completed() && one.arrival().manner().equals(manner.name()));
            first.curve(
                    name,
                    own.where(one -> one.firstTokenMicros() != Attempt.NEVER)
                            .histogram(one -> one.firstTokenMicros() - one.arrival().dueMicros()));
            end.curve(name, own.histogram(Attempt::latencyMicros));
        }
        result.plot(first);
        result.plot(end);
    }
}
