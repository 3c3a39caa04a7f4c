package dev.loadline.load.scenario;

import dev.loadline.load.bench.Bench;
import dev.loadline.load.bench.Gate;
import dev.loadline.load.bench.Result;
import dev.loadline.load.bench.Scenario;
import dev.loadline.load.gatling.ComeBack;
import dev.loadline.load.plan.Arrival;
import dev.loadline.load.plan.Attempt;
import dev.loadline.load.plan.Attempts;
import dev.loadline.load.plan.Plan;
import dev.loadline.load.plan.Press;
import dev.loadline.load.process.LoadlineConfig;
import dev.loadline.load.process.ServerUnderTest;
import dev.loadline.load.process.StandIn;
import dev.loadline.load.report.Plot;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * One tenant sends ten times what all slots can do, from many users; three others go on as always,
 * with a quarter of the slots among them. Whose calls are under way is read at the model, which
 * knows the tenant by the message's group.
 */
public final class Tenant implements Scenario {
    private static final int SLOTS = 20;
    private static final double PER_SECOND = SLOTS / 0.4;
    private static final double TIMES = 10;
    private static final String FLOODER = "flooder";
    private static final List<String> OTHERS = List.of("acme", "bolt", "cato");
    private static final double OF_EACH = 4; // a second: 1.6 slots of 20
    private static final int FLOODING_USERS = 30;
    private static final int USERS = 4;
    private static final int CONVERSATIONS = 50;

    /**
     * A message is on its way for a moment at both ends: within it, nobody can tell whether it
     * waits.
     */
    private static final long ON_ITS_WAY_MICROS = 20_000;

    private static final Duration BEFORE = Duration.ofSeconds(3);

    /**
     * The flood begins in step with everything that a start leaves to the first messages, which
     * takes longer than the flood lasts on a small machine: all sides have seen one before.
     */
    private static final Duration WARM = Duration.ofSeconds(15);

    private static final Duration REST = Duration.ofSeconds(3);
    private static final Duration FROM = WARM.plus(REST);

    /** A slot is not taken back: what it had before the others waited, it has to the end. */
    private static final Duration SETTLE = Duration.ofSeconds(1);

    @Override
    public String asks() {
        return "Can one tenant take everything? It sends 500 messages/s to 20 slots, three others"
                + " 4/s each.";
    }

    @Override
    public void run(Bench bench, Result result) {
        Duration flood = Duration.ofSeconds(bench.quickOr(10, 30));
        StandIn model = bench.standIn();
        ServerUnderTest server = bench.loadline(config(), model);
        Readings readings = new Readings(server, model);
        Duration end = FROM.plus(BEFORE).plus(flood);
        Attempts attempts =
                bench.run(
                        "tenant",
                        ComeBack.class,
                        plan(server.url(), flood),
                        result,
                        generator -> readings.until(generator, end));

        List<Readings.Reading> sampled = readings.between(FROM.plus(BEFORE).plus(SETTLE), end);
        result.gate(
                Gate.atLeast(
                        "samples, of ten a second",
                        sampled.size() / (10.0 * flood.minus(SETTLE).toSeconds()),
                        0.9));
        slots(sampled, attempts, result);
        success(attempts, result);
        plots(attempts, readings, result);
    }

    private static LoadlineConfig config() {
        LoadlineConfig config = LoadlineConfig.defaults().slots(SLOTS).admissionWait("250ms");
        for (int user = 0; user < FLOODING_USERS; user++)
            config = config.user(FLOODER + "/user" + user);
        for (String tenant : OTHERS)
            for (int user = 0; user < USERS; user++) config = config.user(tenant + "/user" + user);
        return config;
    }

    /** The others are there before the flood, and go on through it. */
    private static Plan plan(String url, Duration flood) {
        List<Arrival> all = new ArrayList<>(warmUp(url));
        for (String tenant : OTHERS)
            all.addAll(
                    Plan.random(
                            FROM,
                            OF_EACH,
                            BEFORE.plus(flood),
                            tenant.hashCode(),
                            (number, due) -> arrival(url, tenant, USERS, number, due)));
        all.addAll(
                Plan.random(
                        FROM.plus(BEFORE),
                        TIMES * PER_SECOND,
                        flood,
                        1,
                        (number, due) -> arrival(url, FLOODER, FLOODING_USERS, number, due)));
        return new Plan(all);
    }

    /** Half of the flood, from all its users. */
    private static List<Arrival> warmUp(String url) {
        return Plan.random(
                Duration.ZERO,
                TIMES * PER_SECOND / 2,
                WARM,
                2,
                (number, due) ->
                        arrival(Arrival.WARM_UP, url, FLOODER, FLOODING_USERS, number, due));
    }

    private static Arrival arrival(String url, String tenant, int users, int number, long due) {
        return arrival(tenant, url, tenant, users, number, due);
    }

    private static Arrival arrival(
            String phase, String url, String tenant, int users, int number, long due) {
        int user = number % users;
        String key = phase + "-" + number;
        return new Arrival(
                phase,
                due,
                url,
                tenant + "/user" + user,
                "c" + user + "-" + number / users % CONVERSATIONS,
                key,
                "Message %d [first=400ms tokens=4 key=%s group=%s]".formatted(number, key, tenant));
    }

    private static void slots(List<Readings.Reading> readings, Attempts attempts, Result result) {
        List<Press> others =
                attempts.measured().where(one -> !isFlooder(one)).all().stream()
                        .flatMap(one -> Press.of(one).stream())
                        .toList();
        int half = SLOTS / 2;
        List<Readings.Reading> whileAnotherWaits =
                readings.stream().filter(one -> anyWaits(others, one.micros())).toList();
        result.gate(
                Gate.exactly(
                        "samples in which it holds over half of the slots while another waits",
                        whileAnotherWaits.stream()
                                .filter(one -> one.active(FLOODER) > half)
                                .count(),
                        0));
        result.figure(
                "Samples, and of these while another waits",
                "%d, %d".formatted(readings.size(), whileAnotherWaits.size()));
        result.figure(
                "Slots of the one that floods, of " + SLOTS,
                "%.1f in the mean, at most %d"
                        .formatted(
                                readings.stream()
                                        .mapToInt(one -> one.active(FLOODER))
                                        .average()
                                        .orElse(0),
                                readings.stream()
                                        .mapToInt(one -> one.active(FLOODER))
                                        .max()
                                        .orElse(0)));
    }

    private static boolean anyWaits(List<Press> presses, long micros) {
        return presses.stream()
                .anyMatch(
                        one ->
                                one.sentMicros() + ON_ITS_WAY_MICROS < micros
                                        && micros < one.answeredMicros() - ON_ITS_WAY_MICROS);
    }

    private static void success(Attempts attempts, Result result) {
        for (String tenant : OTHERS) {
            Attempts own = attempts.phase(tenant);
            result.gate(
                    Gate.atLeast(
                            "of the messages of " + tenant + ", completed at the first press",
                            (double) own.count(Attempt::completed) / own.size(),
                            0.99));
        }
        Attempts flood = attempts.phase(FLOODER);
        result.figure(
                "Messages of the one that floods",
                "%d, %d completed".formatted(flood.size(), flood.count(Attempt::completed)));
        result.figure(
                "Answer to a message of the others",
                Told.percentiles(
                        Told.answered(
                                attempts.measured().where(one -> !isFlooder(one)).all().stream()
                                        .flatMap(one -> Press.of(one).stream())
                                        .toList(),
                                true)));
    }

    private static void plots(Attempts attempts, Readings readings, Result result) {
        Plot slots = Plot.overTime("Calls under way, by tenant", "count");
        Plot latency = Plot.percentiles("From due to done, by tenant");
        List<String> tenants = new ArrayList<>(OTHERS);
        tenants.addFirst(FLOODER);
        for (String tenant : tenants) {
            slots.line(tenant, readings.points(one -> one.active(tenant)));
            latency.curve(
                    tenant,
                    attempts.phase(tenant)
                            .where(Attempt::completed)
                            .histogram(Attempt::latencyMicros));
        }
        result.plot(slots);
        result.plot(latency);
        result.plot(Told.overTime("Messages of the one that floods", attempts.phase(FLOODER)));
        result.plot(
                Told.overTime(
                        "Messages of the others",
                        attempts.measured().where(one -> !isFlooder(one))));
    }

    private static boolean isFlooder(Attempt attempt) {
        return attempt.arrival().phase().equals(FLOODER);
    }
}
