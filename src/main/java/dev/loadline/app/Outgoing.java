package dev.loadline.app;

import dev.loadline.app.settings.Settings;
import dev.loadline.context.Sources;
import dev.loadline.core.Chance;
import dev.loadline.guard.GuardPolicy;
import dev.loadline.guard.GuardWorld;
import dev.loadline.guard.Guards;
import dev.loadline.guard.News;
import dev.loadline.guard.Switch;
import dev.loadline.mailbox.Mailbox;
import dev.loadline.mailbox.VertxTimers;
import dev.loadline.model.Guarding;
import dev.loadline.model.ModelGuards;
import dev.loadline.model.Models;
import dev.loadline.ops.Dependencies;
import dev.loadline.ops.DependencyWatch;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** All that goes out of this node: what it calls, and the guard before each of them. */
record Outgoing(Guards guards, Models models, Sources sources, DependencyWatch watch) {
    /** What stands in line before a limit group's gate is in this mailbox. */
    private static final String LINE = "model.";

    static Outgoing open(Settings settings, Ground ground, ModelChoice choice) {
        List<GuardPolicy> policies =
                new ArrayList<>(ModelGuards.policies(choice.chosen(), settings.guard()::of));
        policies.addAll(Sources.policies(settings.agents().values(), settings.guard()::of));
        Guards guards =
                Guards.open(
                        policies,
                        new GuardWorld(
                                ground.clock(),
                                VertxTimers.onLoopOfTheirOwn(ground.vertx()),
                                Chance.secure(),
                                name -> Switch.on(ground.vertx(), name),
                                ground.telemetry().metrics()::dependency,
                                News.none()));
        Models models =
                Models.open(
                        ground.vertx(),
                        settings.load().activeTurns(),
                        choice.chosen(),
                        new Guarding(
                                ground.clock(),
                                ground.timers(),
                                guards,
                                ground.telemetry()::mailbox,
                                settings.ttft().budget().p95()));
        Sources sources =
                Sources.open(
                        ground.vertx(),
                        ground.clock(),
                        ground.timers(),
                        guards,
                        settings.agents().values());
        return new Outgoing(guards, models, sources, watch(settings, ground, guards, models));
    }

    private static DependencyWatch watch(
            Settings settings, Ground ground, Guards guards, Models models) {
        Map<String, Mailbox<?, ?>> lines = new HashMap<>();
        for (Mailbox<?, ?> line : models.mailboxes()) lines.put(line.name(), line);
        return new DependencyWatch(
                guards,
                ground.db()::reading,
                settings.agents().values(),
                group -> {
                    Mailbox<?, ?> line = lines.get(LINE + group);
                    return line == null ? 0 : line.reading().depth();
                },
                ground.telemetry().turnTimes(),
                ground.clock(),
                settings.drill());
    }

    Dependencies dependencies() {
        return watch.reading();
    }
}
