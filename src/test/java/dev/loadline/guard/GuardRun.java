package dev.loadline.guard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Deadline;
import dev.loadline.core.Outcome;
import dev.loadline.core.WorkClass;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** One random run of guards, held against what must be true of any. */
final class GuardRun {
    sealed interface Act {
        record Come(int name, WorkClass workClass, int leftMs, boolean only, int times)
                implements Act {}

        record Begin(int which) implements Act {}

        record End(int which, Outcome<Object> outcome, int times) implements Act {}

        record ProbeAside(int name) implements Act {}

        record Told(int name) implements Act {}

        record Pass(int ms) implements Act {}
    }

    static final List<String> NAMES =
            List.of(
                    GuardedWorld.SOURCE,
                    GuardedWorld.MODEL,
                    GuardedWorld.SIBLING,
                    GuardedWorld.NEARBY);

    private record Held(String name, Permit permit, boolean probe) {}

    private final GuardedWorld world;
    private final Set<String> seen;
    private final List<Held> held = new ArrayList<>();
    private final Set<String> opened = new HashSet<>(); // at any time
    private final Map<String, Long> gateEnds = new HashMap<>(); // by group, ns
    private final Map<String, Integer> successes = new HashMap<>();
    private final Map<String, Integer> retries = new HashMap<>();
    private final long began;

    GuardRun(long seed, Set<String> seen) {
        this.world = new GuardedWorld(seed);
        this.seen = seen;
        this.began = world.time.nanos();
    }

    void carryOut(Act act) {
        switch (act) {
            case Act.Come(int name, var workClass, int leftMs, boolean only, int times) -> {
                var deadline = Deadline.after(world.time, Duration.ofMillis(leftMs));
                var ask = new Ask(deadline, workClass, Cause.ORIGINAL, 0, false, only);
                for (int i = 0; i < times; i++) come(NAMES.get(name), ask);
            }
            case Act.Begin(int which) -> {
                if (held.isEmpty()) return;
                Held one = held.get(which % held.size());
                if (one.name.equals(GuardedWorld.SOURCE)) return;
                one.permit.begun();
                successes.merge(one.name, 1, Integer::sum);
            }
            case Act.End(int which, var outcome, int times) -> {
                for (int i = 0; i < times && !held.isEmpty(); i++)
                    end(held.remove(which % held.size()), outcome);
            }
            case Act.ProbeAside(int name) -> probeAside(NAMES.get(name));
            case Act.Told(int name) -> {
                String group = world.guard(NAMES.get(name)).policy().limitGroup();
                world.news.listener.accept(
                        new News.GateClosed(group, Reason.RATE_LIMITED, Duration.ofSeconds(2)));
            }
            case Act.Pass(int ms) -> world.pass(ms);
        }
        check();
    }

    private void come(String name, Ask ask) {
        GuardReading before = world.guard(name).reading();
        boolean others = held.stream().anyMatch(one -> one.name.equals(name) && one.probe);
        switch (world.guard(name).ask(ask)) {
            case Verdict.Go(Permit permit) -> {
                permit.sent();
                assertThat(before.gateClosedForMs()).as("the gate was open").isZero();
                boolean probe = before.breaker().equals("half-open") && !ask.onlyAnswer();
                if (probe) {
                    assertThat(name)
                            .as("probes of a source go beside")
                            .isNotEqualTo(GuardedWorld.SOURCE);
                    assertThat(others).as("one probe at a time").isFalse();
                    seen.add("probed on the path");
                } else if (!before.breaker().equals("closed")) {
                    assertThat(ask.onlyAnswer()).as("let by").isTrue();
                    if (before.breaker().equals("open")) seen.add("the only answer let by");
                } else if (!opened.contains(name)) {
                    assertThat(before.inFlight()).isLessThan(before.limit());
                }
                if (!world.news.told.isEmpty()) seen.add("passed the ramp");
                held.add(new Held(name, permit, probe));
            }
            case Verdict.Wait(Duration time, Reason reason) -> {
                assertThat(time).isGreaterThanOrEqualTo(Duration.ofMillis(1));
                if (reason == Reason.RATE_LIMITED) seen.add("waits at the gate");
                if (reason == Reason.LIMIT) seen.add("waits at the limit");
            }
            case Verdict.Refused(Reason reason, Duration after) -> {
                assertThat(after).isGreaterThanOrEqualTo(Duration.ZERO);
                if (reason == Reason.RATE_LIMITED) seen.add("dropped at the gate");
            }
        }
    }

    private void probeAside(String name) {
        GuardReading before = world.guard(name).reading();
        Permit probe = world.guard(name).probe();
        if (probe == null) return;
        assertThat(before.breaker()).isEqualTo("half-open");
        assertThat(before.gateClosedForMs()).isZero();
        probe.sent();
        held.add(new Held(name, probe, true));
        seen.add("probed beside it");
    }

    private void end(Held one, Outcome<Object> outcome) {
        if (outcome instanceof Outcome.Ok) successes.merge(one.name, 1, Integer::sum);
        one.permit.ended(outcome);
        one.permit.ended(outcome);
        if (!(outcome instanceof Outcome.Failed<?> failed)) return;
        boolean again = world.guard(one.name).retryIn(failed, 0, true) != null;
        if (again) retries.merge(one.name, 1, Integer::sum);
        if (again) seen.add("retried");
        else if (world.guard(one.name).reading().budget() < 1) seen.add("no budget");
    }

    private void check() {
        long now = world.time.nanos();
        for (String name : NAMES) {
            GuardReading reading = world.guard(name).reading();
            long mine = held.stream().filter(one -> one.name.equals(name)).count();
            assertThat(reading.inFlight()).as(name).isEqualTo((int) mine);
            assertThat(world.guard(name).room()).isGreaterThanOrEqualTo(0);
            if (reading.breaker().equals("open") && opened.add(name)) seen.add("opened");
            if (reading.breaker().equals("closed") && opened.contains(name))
                seen.add("closed again");
            gateEnd(reading, now);
            long tens = (now - began) / 10_000_000_000L;
            assertThat((double) retries.getOrDefault(name, 0))
                    .as("retries of " + name)
                    .isLessThanOrEqualTo(3 + 0.1 * successes.getOrDefault(name, 0) + tens);
        }
    }

    private void gateEnd(GuardReading reading, long now) {
        String group = reading.policy().limitGroup();
        Long before = gateEnds.get(group);
        long left = reading.gateClosedForMs() * 1_000_000;
        if (before != null && before - now > 1_000_000)
            assertThat(now + left - before).as("until").isGreaterThanOrEqualTo(-1_000_000);
        if (left > 0) gateEnds.put(group, now + left);
    }

    void rest() {
        while (!held.isEmpty()) end(held.removeFirst(), new Outcome.Cancelled<>("over"));
        check();
        world.pass(331_000);
        for (String name : NAMES) {
            Guard guard = world.guard(name);
            Permit probe = guard.probe();
            if (probe != null) probe.ended(new Outcome.Ok<>("well"));
            Verdict verdict = guard.ask(world.interactive());
            assertThat(verdict).as(name + " at rest").isInstanceOf(Verdict.Go.class);
            ((Verdict.Go) verdict).permit().ended(new Outcome.Ok<>("well"));
        }
    }
}
