package dev.loadline.guard;

import dev.loadline.core.Deadline;
import dev.loadline.core.ManualTime;
import dev.loadline.core.Outcome;
import dev.loadline.core.WorkClass;
import dev.loadline.telemetry.Metrics;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/** Guards with a clock that a test moves, and everything else real. */
final class GuardedWorld {
    static final String SOURCE = "source:crm";
    static final String MODEL = "model:main";
    static final String SIBLING = "model:small"; // shares MODEL's limit
    static final String OTHER = "model:other";
    static final String NEARBY = "model:local";
    static final Outcome<String> OK = new Outcome.Ok<>("yes");
    static final Outcome<String> TIMED_OUT = new Outcome.TimedOut<>("late");
    static final Outcome<String> DOWN = new Outcome.Unavailable<>("reset");
    static final Outcome<String> ERROR = new Outcome.ServerError<>("500");
    static final Outcome<String> CANCELLED = new Outcome.Cancelled<>("left");

    /** The news that this node told, and its neighbours' way to it. */
    static final class Neighbours implements News {
        final List<Item> told = new ArrayList<>();
        Consumer<Item> listener = item -> {};

        @Override
        public void tell(Item item) {
            told.add(item);
        }

        @Override
        public void hear(Consumer<Item> listener) {
            this.listener = listener;
        }
    }

    final ManualTime time = new ManualTime();
    final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    final Neighbours news = new Neighbours();
    final Guards guards;

    GuardedWorld() {
        this(1);
    }

    GuardedWorld(long seed) {
        guards = guards(seed, news);
    }

    /** Whose news are real. */
    GuardedWorld(News news) {
        guards = guards(1, news);
    }

    private Guards guards(long seed, News news) {
        var metrics = new Metrics(registry, Metrics.Known.NOTHING);
        return Guards.open(
                List.of(
                        source(SOURCE, false),
                        model(MODEL, "provider", false),
                        model(SIBLING, "provider", false),
                        model(OTHER, "elsewhere", false),
                        model(NEARBY, "here", true)),
                new GuardWorld(
                        time,
                        time,
                        new Random(seed),
                        name -> Switch.plain(time),
                        metrics::dependency,
                        news));
    }

    static GuardPolicy source(String name, boolean critical) {
        return new GuardPolicy(
                name,
                DependencyKind.SOURCE,
                critical,
                name,
                Duration.ofMillis(40),
                Duration.ZERO,
                false,
                true,
                GuardPolicy.Settings.DEFAULT);
    }

    static GuardPolicy model(String name, String limitGroup, boolean nearby) {
        return new GuardPolicy(
                name,
                DependencyKind.MODEL,
                true,
                limitGroup,
                Duration.ofMillis(500),
                Duration.ofMillis(20),
                nearby,
                true,
                GuardPolicy.Settings.DEFAULT);
    }

    Guard guard(String name) {
        return guards.get(name);
    }

    Ask interactive() {
        return ask(WorkClass.INTERACTIVE, Duration.ofSeconds(60));
    }

    Ask ask(WorkClass workClass, Duration left) {
        return new Ask(Deadline.after(time, left), workClass);
    }

    /** Of a model: nobody else can give the answer. */
    Ask only() {
        var deadline = Deadline.after(time, Duration.ofSeconds(200));
        return new Ask(deadline, WorkClass.INTERACTIVE, Cause.ORIGINAL, 0, false, true);
    }

    Ask sized(long tokens, boolean reasoning) {
        var deadline = Deadline.after(time, Duration.ofMinutes(20));
        return new Ask(deadline, WorkClass.INTERACTIVE, Cause.ORIGINAL, tokens, reasoning, false);
    }

    /** Leave for a call that is written now. */
    Permit go(String name, Ask ask) {
        Verdict verdict = guard(name).ask(ask);
        if (!(verdict instanceof Verdict.Go(Permit permit)))
            throw new AssertionError(name + " said " + verdict);
        permit.sent();
        return permit;
    }

    Permit go(String name) {
        return go(name, interactive());
    }

    Verdict askAt(String name) {
        return guard(name).ask(interactive());
    }

    /** A whole call. */
    void call(String name, Outcome<?> outcome, long ms) {
        Permit permit = go(name);
        pass(ms);
        permit.ended(outcome);
    }

    void calls(int count, String name, Outcome<?> outcome, long ms) {
        for (int i = 0; i < count; i++) call(name, outcome, ms);
    }

    /** So many calls at once, which end together. */
    void burst(int count, String name, Outcome<?> outcome, long ms) {
        List<Permit> all = new ArrayList<>();
        for (int i = 0; i < count; i++) all.add(go(name));
        pass(ms);
        for (Permit permit : all) permit.ended(outcome);
    }

    /** What goes on for so many minutes, a call every second. */
    void minutes(int count, String name, Outcome<?> outcome, long ms) {
        for (int i = 0; i < count * 60; i++) {
            call(name, outcome, ms);
            pass(1000 - ms);
        }
    }

    void pass(long ms) {
        time.advance(Duration.ofMillis(ms));
    }

    /** Until its breaker is half-open. */
    void untilHalfOpen(String name) {
        for (int i = 0; i < 100 && !breaker(name).equals("half-open"); i++) pass(500);
        if (!breaker(name).equals("half-open")) throw new AssertionError(breaker(name));
    }

    String breaker(String name) {
        return guard(name).reading().breaker();
    }

    static @Nullable Reason refusedFor(Verdict verdict) {
        return switch (verdict) {
            case Verdict.Refused(Reason reason, Duration after) -> reason;
            case Verdict.Go go -> null;
            case Verdict.Wait wait -> null;
        };
    }

    static @Nullable Reason waitsFor(Verdict verdict) {
        return switch (verdict) {
            case Verdict.Wait(Duration time, Reason reason) -> reason;
            case Verdict.Go go -> null;
            case Verdict.Refused refused -> null;
        };
    }

    double meter(String name, String... tags) {
        return registry.get(name).tags(tags).meter().measure().iterator().next().getValue();
    }
}
