package dev.loadline.sim;

import dev.loadline.core.Outcome;
import dev.loadline.guard.Ask;
import dev.loadline.guard.Guard;
import dev.loadline.guard.GuardPolicy;
import dev.loadline.guard.GuardReading;
import dev.loadline.guard.Injury;
import dev.loadline.guard.Permit;
import dev.loadline.guard.ProviderLimits;
import dev.loadline.guard.Reason;
import dev.loadline.guard.Verdict;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/** A real guard, with one deliberate bug if any; counts what it lets go and gets back. */
final class WatchedGuard implements Guard {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Guard real;
    private final Simulation sim;
    private final RetryWatch retries;
    private String breaker = "closed";
    private int out; // permits
    private int lately; // of them, since the breaker moved last
    private int moves;

    WatchedGuard(Guard real, Simulation sim) {
        this.real = real;
        this.sim = sim;
        this.retries = new RetryWatch(sim, real.policy().name());
    }

    /** Permits that have not come back. */
    int out() {
        return out;
    }

    /** After every event of its node. */
    void look() {
        breakerIs(real.reading().breaker());
    }

    @Override
    public GuardPolicy policy() {
        return real.policy();
    }

    @Override
    public Verdict ask(Ask ask) {
        Verdict verdict = real.ask(ask);
        look();
        if (verdict instanceof Verdict.Go) within();
        return switch (verdict) {
            case Verdict.Go(Permit permit) -> new Verdict.Go(new Watched(permit));
            case Verdict.Wait wait when isBroken(wait.reason()) -> new Verdict.Go(new Forged(ask));
            case Verdict.Wait wait -> wait;
            case Verdict.Refused refused when isBroken(refused.reason()) ->
                    new Verdict.Go(new Forged(ask));
            case Verdict.Refused refused -> refused;
        };
    }

    /**
     * A limit that sinks takes no permit away; it only gives none. The one probe of a breaker goes
     * beside what still runs, and what ran before the breaker moved counts for nothing.
     */
    private void within() {
        GuardReading now = real.reading();
        if (lately + 1 > now.limit() && now.breaker().equals("closed"))
            sim.violated(policy().name() + " gives permit " + (lately + 1) + " of " + now.limit());
    }

    private void breakerIs(String position) {
        if (position.equals(breaker)) return;
        if (position.equals("open")) sim.world.saw("breaker opened");
        if (position.equals("closed")) sim.world.saw("breaker closed");
        breaker = position;
        lately = 0;
        moves++;
    }

    private boolean isBroken(Reason reason) {
        return sim.mutation == Mutation.GATE_BROKEN && reason == Reason.RATE_LIMITED;
    }

    @Override
    public @Nullable Permit probe() {
        Permit permit = real.probe();
        return permit == null ? null : new Watched(permit);
    }

    @Override
    public @Nullable Duration retryIn(Outcome.Failed<?> outcome, int tries, boolean harmless) {
        Duration wait = real.retryIn(outcome, tries, harmless);
        boolean free = sim.mutation == Mutation.RETRIES_FREE && wait == null && harmless;
        if (free && tries < most(outcome)) wait = Duration.ofMillis(100);
        if (wait != null) retries.retries(outcome);
        return wait;
    }

    private static int most(Outcome.Failed<?> outcome) {
        return switch (outcome) {
            case Outcome.Unavailable<?> unavailable -> 2;
            case Outcome.ServerError<?> error -> 1;
            default -> 0;
        };
    }

    @Override
    public void limits(ProviderLimits limits) {
        real.limits(limits);
    }

    @Override
    public void onRoom(Room room) {
        real.onRoom(room);
    }

    @Override
    public int room() {
        return sim.mutation == Mutation.GATE_BROKEN ? Math.max(1, real.room()) : real.room();
    }

    @Override
    public @Nullable Reason cutOff() {
        return real.cutOff();
    }

    @Override
    public GuardReading reading() {
        return real.reading();
    }

    private final class Watched implements Permit {
        private final Permit real;
        private final int born = moves;
        private boolean back;

        Watched(Permit real) {
            this.real = real;
            out++;
            lately++;
        }

        @Override
        public Duration timeout() {
            return real.timeout();
        }

        @Override
        public Duration gap() {
            return real.gap();
        }

        @Override
        public @Nullable Injury injury() {
            return real.injury();
        }

        @Override
        public void sent() {
            real.sent();
        }

        @Override
        public void begun() {
            retries.succeeded();
            real.begun();
        }

        @Override
        public void ended(Outcome<?> outcome, long longestGapNanos) {
            boolean lost =
                    sim.mutation == Mutation.PERMIT_LOST && outcome instanceof Outcome.Cancelled;
            if (!lost) real.ended(outcome, longestGapNanos);
            if (back || lost) return;
            back = true;
            out--;
            look();
            if (born == moves) lately--;
        }
    }

    /** Leave that no guard gave. */
    private record Forged(Ask ask) implements Permit {
        @Override
        public Duration timeout() {
            return PATIENCE;
        }

        @Override
        public Duration gap() {
            return PATIENCE;
        }

        @Override
        public @Nullable Injury injury() {
            return null;
        }

        @Override
        public void sent() {}

        @Override
        public void begun() {}

        @Override
        public void ended(Outcome<?> outcome, long longestGapNanos) {}
    }
}
