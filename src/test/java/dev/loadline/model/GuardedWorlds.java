package dev.loadline.model;

import dev.loadline.core.Clock;
import dev.loadline.core.Timers;
import dev.loadline.guard.DependencyKind;
import dev.loadline.guard.GuardPolicy;
import dev.loadline.guard.GuardWorld;
import dev.loadline.guard.Guards;
import dev.loadline.guard.News;
import dev.loadline.guard.Switch;
import dev.loadline.telemetry.MailboxCounters;
import dev.loadline.telemetry.Metrics;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import java.time.Duration;
import java.util.List;
import java.util.Random;

/** Real guards for tests of models. */
final class GuardedWorlds {
    static final Duration FIRST_TOKEN = Duration.ofSeconds(2);

    private GuardedWorlds() {}

    /** Of a model that is far away; at most so many calls at once. */
    static GuardPolicy policy(String model, String limitGroup, int calls) {
        var settings = new GuardPolicy.Settings(3, 0.1, calls, Math.max(calls, 500));
        return new GuardPolicy(
                ModelGuards.name(model),
                DependencyKind.MODEL,
                true,
                limitGroup,
                Duration.ofSeconds(1),
                Duration.ofMillis(50),
                false,
                true,
                settings);
    }

    static Guarding guarding(Clock clock, Timers timers, List<GuardPolicy> policies) {
        var metrics = new Metrics(new SimpleMeterRegistry(), Metrics.Known.NOTHING);
        var world =
                new GuardWorld(
                        clock,
                        timers,
                        new Random(7),
                        name -> Switch.plain(clock),
                        metrics::dependency,
                        News.none());
        return new Guarding(
                clock,
                timers,
                Guards.open(policies, world),
                name -> MailboxCounters.NONE,
                FIRST_TOKEN);
    }
}
