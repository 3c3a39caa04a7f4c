package dev.loadline.load.scenario;

import dev.loadline.load.bench.Bench;
import dev.loadline.load.bench.Gate;
import dev.loadline.load.bench.Result;
import dev.loadline.load.bench.Scenario;
import dev.loadline.load.gatling.ComeBack;
import dev.loadline.load.gatling.Generator;
import dev.loadline.load.plan.Attempt;
import dev.loadline.load.plan.Attempts;
import dev.loadline.load.plan.Press;
import dev.loadline.load.process.Child;
import dev.loadline.load.process.Exposition;
import dev.loadline.load.process.ServerUnderTest;
import dev.loadline.load.process.StandIn;
import dev.loadline.load.report.Plot;

import io.vertx.core.json.JsonObject;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * Ten times more than the slots can do. What the slots get done then is compared with what they got
 * done in the same run when they were just full. Nothing that was acknowledged may be lost, nothing
 * may be done for who was refused, and all is as before when it is over.
 */
public final class Crowd implements Scenario {
    private static final int FIRST_AFTER = 50;
    private static final double HEAP_TOLERANCE = 1.05;

    /**
     * Less than this of what the slots can do is no capacity that a flood could be held against.
     */
    private static final double FILLED = 0.8;

    /** A feed is held so long after its turn; then the heap has nothing of it. */
    private static final Duration FEED_IS_HELD = Duration.ofSeconds(32);

    /** What was read while the generator was at work. */
    private record Meanwhile(
            Readings readings,
            Exposition beforeFlood,
            Optional<Long> heapBeforeFlood,
            Duration cpuBeforeFlood,
            Duration cpuAfterFlood) {}

    @Override
    public String asks() {
        return "What becomes of ten times the load? 20 slots, answers of 400 ms, 500 messages/s.";
    }

    @Override
    public void run(Bench bench, Result result) throws Exception {
        CrowdPlan plan = CrowdPlan.of(bench.quick());
        StandIn model = bench.standIn();
        ServerUnderTest server = bench.loadline(CrowdPlan.config(), model);
        Meanwhile[] meanwhile = new Meanwhile[1];
        Attempts attempts =
                bench.run(
                        "crowd",
                        ComeBack.class,
                        plan.at(server.url()),
                        result,
                        generator -> meanwhile[0] = watch(plan, generator, server, model));
        Exposition after = server.exposition();
        Acknowledged acknowledged = Acknowledged.ask(attempts);

        work(plan, attempts, result);
        refusals(attempts, result);
        waits(acknowledged, meanwhile[0].beforeFlood, after, result);
        losses(attempts, acknowledged, model, result);
        recovery(attempts, result);
        figures(plan, attempts, meanwhile[0], server.load(), result);
        plots(attempts, meanwhile[0].readings, result);
        if (bench.quick()) return; // a feed is held longer than a quick run may take
        meanwhile[0].heapBeforeFlood.ifPresent(before -> heap(bench, before, server, result));
    }

    private static Meanwhile watch(
            CrowdPlan plan, Generator generator, ServerUnderTest server, StandIn model) {
        Readings readings = new Readings(server, model);
        readings.until(generator, plan.floodFrom().minusSeconds(2));
        Exposition before = server.exposition();
        Optional<Long> heap = server.process().map(Child::heapAfterCollection);
        Duration cpuBefore = cpu(server);
        readings.until(generator, plan.floodTo());
        Duration cpuAfter = cpu(server);
        readings.until(generator, plan.aftermathFrom().plus(plan.aftermath()));
        return new Meanwhile(readings, before, heap, cpuBefore, cpuAfter);
    }

    private static Duration cpu(ServerUnderTest server) {
        return server.process().map(Child::cpuTime).orElse(Duration.ZERO);
    }

    private static void work(CrowdPlan plan, Attempts attempts, Result result) {
        double capacity = perSlotSecond(attempts, plan.capacityFrom(), plan.capacityTo());
        if (capacity < CrowdPlan.PER_SECOND / CrowdPlan.SLOTS * FILLED)
            result.broken("the machine was too slow to fill the slots in the capacity phase");
        double flood = perSlotSecond(attempts, plan.floodFrom(), plan.floodTo());
        result.gate(Gate.atLeast("turns per slot-second, flood ÷ capacity", flood / capacity, 0.9));
        result.figure("Turns per slot-second, capacity phase", "%.3f".formatted(capacity));
        result.figure("Turns per slot-second, flood", "%.3f".formatted(flood));
    }

    /**
     * In this time but for its first second, when the slots fill. A turn that ran across an end
     * counts by the part within: a flood begins in step, and whole waves of turns would count or
     * not.
     */
    private static double perSlotSecond(Attempts attempts, Duration from, Duration to) {
        long begin = from.plus(CrowdPlan.SETTLE).toNanos() / 1000;
        long end = to.toNanos() / 1000;
        double done = 0;
        for (Attempt one : attempts.where(Attempt::completed).all()) {
            long ran = Press.of(one).getLast().answeredMicros();
            long within = Math.min(end, one.doneMicros()) - Math.max(begin, ran);
            done += Math.max(0.0, within) / Math.max(1, one.doneMicros() - ran);
        }
        return done / (CrowdPlan.SLOTS * (end - begin) / 1e6);
    }

    private static void refusals(Attempts attempts, Result result) {
        List<Press> presses = presses(attempts);
        result.gate(
                Gate.exactly(
                        "answers that are neither 202 nor 429 nor 503",
                        presses.stream().filter(one -> !one.accepted() && !one.refused()).count(),
                        0));
        result.gate(
                Gate.exactly(
                        "refusals without a whole Retry-After between w and 2w+2 seconds",
                        presses.stream().filter(one -> one.refused() && !one.saysWhen()).count(),
                        0));
    }

    /** The mailbox counts how long each letter waited that was begun. */
    private static void waits(
            Acknowledged acknowledged, Exposition before, Exposition after, Result result) {
        String name = "loadline_mailbox_wait_seconds";
        String[] turn = {"mailbox=\"turn\"", "work_class=\"interactive\""};
        String[] inTime = {turn[0], turn[1], "le=\"0.25\""};
        long begun = grown(before, after, name + "_count", turn);
        result.gate(
                Gate.exactly(
                        "accepted that the mailbox let wait longer than admissionWait",
                        begun - grown(before, after, name + "_bucket", inTime),
                        0));
        result.figure("Let in after a wait, or at once", Long.toString(begun));
        result.figure(
                "From the request's last byte to the durable turn, by the server's clock",
                Told.percentiles(acknowledged.accepted()));
    }

    private static long grown(Exposition before, Exposition after, String name, String... labels) {
        return Math.round(after.sum(name, labels) - before.sum(name, labels));
    }

    private static void losses(
            Attempts attempts, Acknowledged acknowledged, StandIn model, Result result) {
        result.gate(
                Gate.exactly(
                        "acknowledged turns that did not end exactly once",
                        acknowledged.notEndedOnce(),
                        0));
        result.gate(
                Gate.exactly(
                        "acknowledged turns that did not complete",
                        acknowledged.notCompleted(),
                        0));
        result.gate(
                Gate.exactly(
                        "followers of an acknowledged turn who did not hear its end",
                        attempts.count(one -> accepted(one) && !one.completed()),
                        0));
        JsonObject calls = model.callsByKey();
        result.gate(
                Gate.exactly(
                        "acknowledged messages that the model was not asked exactly once",
                        attempts.count(one -> accepted(one) && calls(calls, one) != 1),
                        0));
        result.gate(
                Gate.exactly(
                        "refused messages that the model was asked",
                        attempts.count(one -> !accepted(one) && calls(calls, one) != 0),
                        0));
        result.gate(
                Gate.atMost(
                        "model calls at once",
                        model.counts().getInteger("maxActive"),
                        CrowdPlan.SLOTS));
        result.figure("Turns acknowledged", Integer.toString(acknowledged.size()));
    }

    private static int calls(JsonObject calls, Attempt attempt) {
        return calls.getInteger(attempt.arrival().key(), 0);
    }

    private static boolean accepted(Attempt attempt) {
        return Press.of(attempt).stream().anyMatch(Press::accepted);
    }

    private static void recovery(Attempts attempts, Result result) {
        List<Attempt> first =
                attempts.phase(CrowdPlan.AFTERMATH).all().stream()
                        .sorted(Comparator.comparing(Attempt::sentMicros))
                        .limit(FIRST_AFTER)
                        .toList();
        result.gate(
                Gate.exactly(
                        "of the first " + first.size() + " after the flood, refused",
                        first.stream().filter(one -> !accepted(one)).count(),
                        0));
    }

    private static void heap(Bench bench, long before, ServerUnderTest server, Result result) {
        bench.say("waiting until no feed is held any more");
        long until = System.nanoTime() + FEED_IS_HELD.toNanos();
        while (System.nanoTime() < until) LockSupport.parkNanos(until - System.nanoTime());
        long after = server.process().orElseThrow().heapAfterCollection();
        result.gate(
                Gate.atMost(
                        "heap after the flood ÷ before it, both collected",
                        (double) after / before,
                        HEAP_TOLERANCE));
        result.figure(
                "Heap before and after the flood",
                "%.1f MiB, %.1f MiB".formatted(before / 1048576.0, after / 1048576.0));
    }

    private static void figures(
            CrowdPlan plan,
            Attempts attempts,
            Meanwhile meanwhile,
            JsonObject load,
            Result result) {
        List<Press> flood = presses(attempts.phase(CrowdPlan.FLOOD));
        long refused = flood.stream().filter(Press::refused).count();
        result.figure(
                "Presses in the flood",
                "%d in %d s, %d refused"
                        .formatted(flood.size(), plan.flood().toSeconds(), refused));
        Attempts heeding = attempts.where(one -> Press.of(one).size() > 1);
        result.figure(
                "Came back as Retry-After said",
                "%d, accepted then %d".formatted(heeding.size(), heeding.count(Crowd::accepted)));
        result.figure("Answer to who is refused", Told.percentiles(Told.answered(flood, false)));
        double cpu = meanwhile.cpuAfterFlood.minus(meanwhile.cpuBeforeFlood).toNanos() / 1e6;
        result.figure(
                "Processor time for each press of the flood, turns included",
                "%.2f ms".formatted(cpu / flood.size()));
        result.figure("Refused since the start", load.getJsonArray("refused").encode());
    }

    private static void plots(Attempts attempts, Readings readings, Result result) {
        result.plot(Told.overTime("Messages", attempts));
        var latency = Plot.percentiles("From due to done, of the accepted");
        for (String phase : List.of(CrowdPlan.CAPACITY, CrowdPlan.FLOOD, CrowdPlan.AFTERMATH))
            latency.curve(
                    phase,
                    attempts.phase(phase)
                            .where(Attempt::completed)
                            .histogram(Attempt::latencyMicros));
        result.plot(latency);
        result.plot(
                Plot.percentiles("From a press to its answer, in the flood")
                        .curve("accepted", Told.answered(presses(attempts.phase("flood")), true))
                        .curve("refused", Told.answered(presses(attempts.phase("flood")), false)));
        result.plot(
                Plot.overTime("Slots and queue, by the server", "count")
                        .line(
                                "running",
                                readings.points(one -> one.load().getInteger("activeTurns")))
                        .line(
                                "waiting",
                                readings.points(
                                        one -> one.mailbox("turn").getInteger("depth", 0))));
    }

    private static List<Press> presses(Attempts attempts) {
        return attempts.all().stream().flatMap(one -> Press.of(one).stream()).toList();
    }
}
