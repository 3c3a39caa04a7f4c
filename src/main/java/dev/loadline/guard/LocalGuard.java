package dev.loadline.guard;

import dev.loadline.core.Outcome;
import dev.loadline.telemetry.DependencyMeter;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/**
 * One dependency's guard on this node. Holds the calls that run, at most as many as the limit's
 * ceiling and probes, and nothing else that grows. Every method takes its limit group's lock once;
 * listeners, timers and news come after it.
 */
final class LocalGuard implements Guard, DependencyMeter.Guarded {
    private static final double NANOS_PER_MS = 1e6;

    private final LimitGroup group;
    private final Rules rules;
    private final Judging judging;
    private final Deciding deciding;
    private @Nullable Room listener; // under the lock

    LocalGuard(GuardPolicy policy, GuardWorld world, LimitGroup group, Drills drills) {
        this.group = group;
        this.rules = new Rules(policy, world, group, drills);
        this.judging = new Judging(rules);
        this.deciding = new Deciding(rules, judging);
    }

    /** Only once it is whole: others hold it from here on. */
    void open() {
        group.add(this);
        rules.meter.watch(this);
        rules.meter.watchGate(policy().limitGroup(), group::isClosed);
    }

    @Override
    public GuardPolicy policy() {
        return rules.policy;
    }

    @Override
    public Verdict ask(Ask ask) {
        Verdict verdict = group.locked(() -> deciding.decide(ask, rules.now()));
        if (verdict instanceof Verdict.Refused) rules.meter.refused();
        return verdict;
    }

    @Override
    public @Nullable Permit probe() {
        return group.<@Nullable Permit>locked(() -> deciding.probeAside(rules.now()));
    }

    @Override
    public @Nullable Duration retryIn(Outcome.Failed<?> outcome, int retries, boolean harmless) {
        if (!rules.drills.guarded()) return Drills.naiveBackOff(outcome, retries);
        if (!harmless) return null;
        return group.<@Nullable Duration>locked(() -> retryIn(outcome, retries));
    }

    private @Nullable Duration retryIn(Outcome.Failed<?> outcome, int retries) {
        if (rules.held || rules.breaker.state() != Switch.State.CLOSED) return null;
        return rules.retries.in(outcome, retries, rules.now());
    }

    @Override
    public void limits(ProviderLimits limits) {
        if (!limits.spent() || !rules.drills.guarded()) return;
        group.locked(
                () -> {
                    long now = rules.now();
                    Gate gate = group.gate;
                    rules.gateClosed(gate.spent(limits.reset(), limits.sentNanos(), now), now);
                });
    }

    @Override
    public void onRoom(Room room) {
        group.locked(
                () -> {
                    if (listener != null) throw new IllegalStateException("it has a listener");
                    listener = room;
                });
    }

    @Override
    public int room() {
        return group.locked(
                () -> {
                    rules.hungry = true;
                    return rules.room(rules.now());
                });
    }

    @Override
    public @Nullable Reason cutOff() {
        return group.<@Nullable Reason>locked(() -> rules.cutOff(rules.now()));
    }

    /** Under the lock. */
    void roomCame(long now) {
        if (!rules.hungry || listener == null || rules.room(now) == 0) return;
        rules.hungry = false;
        group.then(listener::came);
    }

    // --- operators, drills, neighbours

    void hold(boolean held) {
        group.locked(
                () -> {
                    rules.held = held;
                    roomCame(rules.now());
                });
    }

    void relearn() {
        group.locked(() -> rules.pace.relearn(rules.now()));
    }

    /** Guards were switched on or off: what was seen in between says nothing. */
    void switched() {
        group.locked(
                () -> {
                    rules.breaker.moved();
                    rules.beginAnew();
                    roomCame(rules.now());
                });
    }

    void warned() {
        group.locked(() -> rules.breaker.warned(rules.now()));
    }

    // --- readings

    @Override
    public GuardReading reading() {
        return group.locked(() -> read(rules.now()));
    }

    private GuardReading read(long now) {
        Pace.Shown shown = rules.pace.shown(now);
        Latencies.Learned learned = shown.learned();
        Amplification amplification = rules.amplification;
        return new GuardReading(
                rules.policy,
                rules.pace.normalNanos() / NANOS_PER_MS,
                learned == null ? null : learned.p50() / NANOS_PER_MS,
                learned == null ? null : learned.p95() / NANOS_PER_MS,
                learned == null ? null : learned.p99() / NANOS_PER_MS,
                learned == null ? 0 : learned.samples(),
                timeout(shown).toMillis(),
                rules.breaker.shown(),
                Duration.ofNanos(group.gate.closedFor(now)).toMillis(),
                group.reason(now),
                rules.limit.limit(),
                rules.limit.inFlight(),
                rules.meter.calls(),
                amplification.originals(now),
                amplification.attempts(now),
                amplification.factor(now),
                amplification.retries(),
                rules.retries.left(now),
                rules.held,
                judging.misconfigured());
    }

    private Duration timeout(Pace.Shown shown) {
        return rules.drills.guarded() ? shown.timeout() : Drills.NAIVE_TIMEOUT;
    }

    @Override
    public double timeoutSeconds() {
        return group.locked(() -> timeout(rules.pace.shown(rules.now())).toNanos() / 1e9);
    }

    @Override
    public double timeoutToNormal() {
        return group.locked(
                () ->
                        (double) timeout(rules.pace.shown(rules.now())).toNanos()
                                / rules.pace.normalNanos());
    }

    @Override
    public int breaker() {
        return group.locked(
                () ->
                        switch (rules.breaker.state()) {
                            case CLOSED -> 0;
                            case HALF_OPEN -> 1;
                            case OPEN -> 2;
                        });
    }

    @Override
    public int limit() {
        return group.locked(rules.limit::limit);
    }

    @Override
    public int inFlight() {
        return group.locked(rules.limit::inFlight);
    }

    @Override
    public double amplification() {
        Double factor = group.<@Nullable Double>locked(this::factor);
        return factor == null ? Double.NaN : factor;
    }

    private @Nullable Double factor() {
        return rules.amplification.factor(rules.now());
    }
}
