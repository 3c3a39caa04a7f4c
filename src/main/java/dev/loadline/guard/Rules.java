package dev.loadline.guard;

import dev.loadline.telemetry.DependencyMeter;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;

/** All that one guard knows and goes by. Under its group's lock. */
final class Rules {
    private static final Logger LOG = LoggerFactory.getLogger(Rules.class);
    private static final long MS = 1_000_000;
    private static final long HALF_OPEN_MARGIN = 2 * MS; // the switch's own timer comes first
    static final Duration STRAINED = Duration.ofSeconds(1);

    final GuardPolicy policy;
    final GuardWorld world;
    final LimitGroup group;
    final Drills drills;
    final DependencyMeter meter;
    final Pace pace;
    final Breaker breaker;
    final ConcurrencyLimit limit;
    final Retries retries;
    final Amplification amplification = new Amplification();
    final Running running; // ordinary calls that were written and have not answered
    boolean held;
    boolean hungry; // somebody waits for room, or has asked how much there is
    private int stragglers; // run since before the breaker moved last: they may hang for long yet
    private int stragglersBefore; // of generations before this one
    private boolean strained;
    private long strainedUntil;

    Rules(GuardPolicy policy, GuardWorld world, LimitGroup group, Drills drills) {
        this.policy = policy;
        this.world = world;
        this.group = group;
        this.drills = drills;
        this.meter = world.meters().apply(policy.name());
        this.pace = new Pace(policy);
        this.breaker = new Breaker(policy, world.switches().apply(policy.name()), world.random());
        this.limit = Retries.limit(policy);
        this.retries = new Retries(policy, world.random());
        this.running = new Running(pace.buckets());
        pace.breaker(true, world.clock().nanos());
    }

    long now() {
        return world.clock().nanos();
    }

    /** Learned or expected. */
    long median(Attempt attempt, long now) {
        return pace.median(attempt.bucket, attempt.ask.size(), now);
    }

    /** It is slow, and nobody else can answer: what is not urgent stays away. */
    boolean isStrained(long now) {
        return strained && now - strainedUntil < 0;
    }

    /**
     * How many more the limit takes; what was let go before it began anew is not held against it.
     */
    int free() {
        return limit.limit() - (limit.inFlight() - stragglers);
    }

    /** The limit begins anew: what runs now runs beside it. */
    void beginAnew() {
        stragglers = limit.inFlight();
        stragglersBefore = breaker.generation();
    }

    void back(Attempt attempt, long now) {
        limit.back(now);
        if (stragglers > 0 && attempt.generation < stragglersBefore) stragglers--;
    }

    /** How many calls may go. */
    int room(long now) {
        if (held) return 0;
        if (!drills.guarded()) return Integer.MAX_VALUE;
        int gate = group.gate.room(now);
        return gate == 0 ? 0 : Math.min(gate, breaker.room(free()));
    }

    /** Why nobody may go, whoever asks; null: it is not so, or the gate stands before it. */
    @Nullable Reason cutOff(long now) {
        if (held) return Reason.HELD;
        if (!drills.guarded() || group.gate.room(now) == 0) return null;
        return breaker.refusesAll() ? Reason.OPEN : null;
    }

    /** What a word on the dependency's health did to its breaker. */
    void changed(Breaker.Change change, long now) {
        switch (change) {
            case NONE -> {}
            case STRAINED -> {
                strained = true;
                strainedUntil = now + STRAINED.toNanos();
                limit.congested(pace.median(0, 0, now), now);
            }
            case OPENED -> {
                pace.breaker(false, now);
                LOG.warn("{}: its breaker opened", policy.name());
                var item = new News.BreakerOpened(policy.name());
                group.then(() -> world.news().tell(item));
                awaitHalfOpen(now);
            }
            case REOPENED -> awaitHalfOpen(now);
            case CLOSED -> {
                pace.breaker(true, now);
                limit.restart();
                beginAnew();
                LOG.info("{}: its breaker closed", policy.name());
            }
        }
    }

    private void awaitHalfOpen(long now) {
        Duration time = Duration.ofNanos(breaker.openFor(now) + HALF_OPEN_MARGIN);
        Runnable look = () -> group.locked(() -> group.roomCame(now()));
        group.then(() -> world.timers().after(time, look));
    }

    /** The gate's closing by an answer is told to the neighbours. */
    void gateClosed(boolean closed, long now) {
        if (closed) group.closed(now);
    }
}
