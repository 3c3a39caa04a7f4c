package dev.loadline.context;

import dev.loadline.core.Agent;
import dev.loadline.core.Clock;
import dev.loadline.core.ContextReport.SourceStatus;
import dev.loadline.core.Deadline;
import dev.loadline.core.Outcome;
import dev.loadline.core.Problem;
import dev.loadline.core.ProblemException;
import dev.loadline.core.Timers;
import dev.loadline.guard.DependencyKind;
import dev.loadline.guard.Guard;
import dev.loadline.guard.GuardPolicy;
import dev.loadline.guard.GuardedCalls;
import dev.loadline.guard.Guards;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * The context sources of a node, and how a prompt's are asked: all at once, none longer than the
 * agent's {@code context.budget.time}. What is missing then is left out, and the report says why;
 * if it is critical the turn fails, at once. Any thread.
 *
 * <p>With the guards off nobody cuts a source short: a naive runtime waits for it until the turn's
 * own deadline.
 */
public final class Sources {
    private final Map<String, ContextSource> byName = new LinkedHashMap<>();
    private final Clock clock;
    private final BooleanSupplier guarded;

    Sources(Clock clock, Collection<? extends ContextSource> all, BooleanSupplier guarded) {
        this.clock = clock;
        this.guarded = guarded;
        for (ContextSource source : all) byName.put(source.name(), source);
    }

    /** Of a node whose agents have none. */
    public static Sources none() {
        return new Sources(Clock.system(), List.of(), () -> true);
    }

    /** A source's name among the dependencies. */
    public static String dependency(String source) {
        return "source:" + source;
    }

    /**
     * How each source of these agents is guarded; one for all agents that name it.
     *
     * @param settings by the dependency's name
     */
    public static List<GuardPolicy> policies(
            Collection<Agent> agents, Function<String, GuardPolicy.Settings> settings) {
        return distinct(agents).stream()
                .map(
                        source -> {
                            String name = dependency(source.name());
                            return new GuardPolicy(
                                    name,
                                    DependencyKind.SOURCE,
                                    source.critical(),
                                    name,
                                    source.normal(),
                                    Duration.ZERO,
                                    false,
                                    true,
                                    settings.apply(name));
                        })
                .toList();
    }

    private static List<Agent.HttpSource> distinct(Collection<Agent> agents) {
        Map<String, Agent.HttpSource> all = new LinkedHashMap<>();
        for (Agent agent : agents)
            for (Agent.HttpSource source : agent.sources()) all.putIfAbsent(source.name(), source);
        return List.copyOf(all.values());
    }

    /**
     * The sources of these agents, each behind its guard.
     *
     * @param timers run on the loop that asks
     */
    public static Sources open(
            Vertx vertx, Clock clock, Timers timers, Guards guards, Collection<Agent> agents) {
        List<ContextSource> all = new ArrayList<>();
        for (Agent.HttpSource source : distinct(agents)) {
            Guard guard = guards.get(dependency(source.name()));
            int connections = guard.policy().settings().ceiling();
            var calls = new GuardedCalls(guard, clock, timers);
            all.add(new HttpSource(source, calls, vertx, connections, clock));
        }
        return new Sources(clock, all, guards::enabled);
    }

    /** Closes every connection; calls still open end as unavailable. */
    public Future<Void> close() {
        return Future.join(byName.values().stream().map(ContextSource::close).toList()).mapEmpty();
    }

    /**
     * Asks the agent's sources. Answers on the caller's loop, in the order of the configuration.
     *
     * @return fails with a {@link ProblemException} that names a critical source that is missing
     */
    Future<List<Gathered>> gather(Agent agent, Asking asking) {
        Deadline until =
                guarded.getAsBoolean()
                        ? Deadline.after(clock, agent.budget().time()).sooner(asking.deadline())
                        : asking.deadline();
        var round = new Round(agent.sources(), asking);
        Executor home = home();
        for (int i = 0; i < agent.sources().size(); i++) {
            int place = i;
            ContextSource source = source(agent.sources().get(i).name());
            source.ask(asking, until, home)
                    .onSuccess(outcome -> round.answered(place, source, outcome));
        }
        return round.all.future();
    }

    private ContextSource source(String name) {
        return Objects.requireNonNull(byName.get(name), () -> "no source is named " + name);
    }

    private static Executor home() {
        Context loop = Vertx.currentContext();
        return loop == null ? Runnable::run : task -> loop.runOnContext(now -> task.run());
    }

    /** One prompt's sources. One loop. */
    private final class Round {
        final Promise<List<Gathered>> all = Promise.promise();
        private final List<Agent.HttpSource> terms;
        private final Asking asking;
        private final Gathered[] gathered;
        private final long beganNanos = clock.nanos();
        private int left;

        Round(List<Agent.HttpSource> terms, Asking asking) {
            this.terms = terms;
            this.asking = asking;
            this.gathered = new Gathered[terms.size()];
            this.left = terms.size();
        }

        void answered(int place, ContextSource source, Outcome<List<ContextItem>> outcome) {
            Agent.HttpSource mine = terms.get(place);
            long ms = TimeUnit.NANOSECONDS.toMillis(clock.nanos() - beganNanos);
            gathered[place] =
                    switch (outcome) {
                        case Outcome.Ok<List<ContextItem>>(var items) ->
                                new Gathered(mine, items, SourceStatus.OK, ms);
                        case Outcome.Failed<List<ContextItem>> failed ->
                                missing(mine, source, failed, ms);
                    };
            if (--left == 0) all.tryComplete(Arrays.asList(gathered));
        }

        private Gathered missing(
                Agent.HttpSource mine,
                ContextSource source,
                Outcome.Failed<List<ContextItem>> failed,
                long ms) {
            if (mine.critical()) all.tryFail(new ProblemException(problem(mine.name(), failed)));
            return new Gathered(mine, source.earlier(asking), status(failed), ms);
        }
    }

    private static SourceStatus status(Outcome.Failed<?> failed) {
        return switch (failed) {
            case Outcome.TimedOut<?> late -> SourceStatus.LATE;
            case Outcome.CutShort<?> late -> SourceStatus.LATE;
            case Outcome.Refused<?> refused -> SourceStatus.OPEN;
            case Outcome.Unavailable<?> down -> SourceStatus.FAILED;
            case Outcome.ServerError<?> error -> SourceStatus.FAILED;
            case Outcome.RateLimited<?> limited -> SourceStatus.FAILED;
            case Outcome.Exhausted<?> empty -> SourceStatus.FAILED;
            case Outcome.Rejected<?> wrong -> SourceStatus.FAILED;
            case Outcome.Cancelled<?> ours -> SourceStatus.FAILED;
        };
    }

    private static Problem problem(String source, Outcome.Failed<?> failed) {
        String reason =
                switch (failed) {
                    case Outcome.Refused<?> refused -> refused.reason();
                    case Outcome.RateLimited<?> limited -> "rate_limited";
                    default -> status(failed) == SourceStatus.LATE ? "timeout" : "error";
                };
        return Problem.dependency(
                dependency(source),
                reason,
                "the agent can't do without the context source " + source);
    }
}
