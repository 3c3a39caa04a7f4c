package dev.loadline.ops;

import dev.loadline.core.Agent;
import dev.loadline.guard.DependencyKind;
import dev.loadline.guard.GuardReading;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the last turns would have done had one dependency taken ten times as long, all else being as
 * it was: MECHANISMS §2 played over what was measured. Pure.
 *
 * <p>What is told is the state that it settles to, after the breaker's window: until then, about
 * ten seconds (of models thirty), turns wait for the time-out or the context budget. Where only a
 * few quantiles are known, the 95th percentile stands for each call, so that the figure is an upper
 * estimate.
 *
 * <ul>
 *   <li>A <em>model</em> whose slowness passes the breaker's mark is left to the agent's next one,
 *       for whose first token what was learned counts, else what the operator calls normal. One
 *       that does not pass it is waited for up to its time-out, then the next one is asked. Without
 *       a next one it is waited for up to the ceiling, or the turn's deadline.
 *   <li>An optional <em>source</em> is left out once its breaker is open; else the turn waits for
 *       it, up to the context budget.
 *   <li>A critical <em>source</em> is waited for up to the context budget and its own time-out; who
 *       would have to wait longer fails. Its breaker opens on failures only, then all fail.
 *   <li>The <em>store</em> is waited for up to its own deadline.
 * </ul>
 *
 * A dependency of which too little was measured is not in the answer.
 */
final class TenTimesSlower {
    static final int TURNS_MIN = 20; // of agents that use it
    static final int SAMPLES_MIN = 20;

    private static final int FACTOR = 10;
    private static final double MODEL_CEILING_MS = 120_000;
    private static final double MODEL_MARK_MS = 1_000; // what is faster is never slow
    private static final double P95 = 0.95;

    private final Map<String, GuardReading> readings = new HashMap<>();
    private final Map<String, Agent> agents;
    private final List<TurnTimes.Took> turns;

    private TenTimesSlower(
            Collection<GuardReading> all, Map<String, Agent> agents, List<TurnTimes.Took> turns) {
        for (GuardReading each : all) readings.put(each.policy().name(), each);
        this.agents = agents;
        this.turns = turns;
    }

    /**
     * @param agents by name
     * @param turns the last ones that came to a first token
     */
    static List<Dependencies.Slower> of(
            Collection<GuardReading> all, Map<String, Agent> agents, List<TurnTimes.Took> turns) {
        var replay = new TenTimesSlower(all, agents, turns);
        List<Dependencies.Slower> answers = new ArrayList<>();
        for (GuardReading each : all) {
            Dependencies.Slower answer = replay.slower(each);
            if (answer != null) answers.add(answer);
        }
        return answers;
    }

    private Dependencies.@Nullable Slower slower(GuardReading slow) {
        long users = turns.stream().filter(turn -> uses(turn, slow)).count();
        if (users < TURNS_MIN || !known(slow)) return null;
        double[] answered = new double[turns.size()];
        int answering = 0;
        double failing = 0;
        for (TurnTimes.Took turn : turns) {
            Agent agent = agents.get(turn.agent());
            Fate fate =
                    agent == null || !uses(turn, slow)
                            ? new Fate(turn.ttftMs(), 0)
                            : fate(turn, agent, slow);
            boolean late = agent != null && fate.ttftMs > agent.limits().deadline().toMillis();
            double fails = late ? 1 : fate.failing;
            failing += fails;
            if (fails < 1) answered[answering++] = fate.ttftMs;
        }
        Double p95 = answering == 0 ? null : p95(Arrays.copyOf(answered, answering));
        return new Dependencies.Slower(
                slow.policy().name(), p95, Round.share(failing / turns.size()));
    }

    /** Models and the store are in every turn's own times; of others only a guard knows. */
    private static boolean known(GuardReading slow) {
        return switch (slow.policy().kind()) {
            case MODEL, STORE -> true;
            case MEMORY, TOOL, SOURCE, MCP, AUTH, EMBEDDINGS ->
                    slow.samples() >= SAMPLES_MIN && slow.p50Ms() != null && slow.p95Ms() != null;
        };
    }

    private boolean uses(TurnTimes.Took turn, GuardReading slow) {
        Agent agent = agents.get(turn.agent());
        return agent != null
                && Edges.of(agent).stream()
                        .anyMatch(edge -> edge.to().equals(slow.policy().name()));
    }

    /** What becomes of one turn: its first token's time if it answers, and how likely it fails. */
    private record Fate(double ttftMs, double failing) {}

    private Fate fate(TurnTimes.Took turn, Agent agent, GuardReading slow) {
        return switch (slow.policy().kind()) {
            case MODEL -> model(turn, agent, slow);
            case STORE -> store(turn, slow);
            case MEMORY, TOOL, SOURCE, MCP, AUTH, EMBEDDINGS -> source(turn, agent, slow);
        };
    }

    private Fate model(TurnTimes.Took turn, Agent agent, GuardReading slow) {
        if (!slow.policy().name().equals(Edges.model(agent.model())))
            return new Fate(turn.ttftMs(), 0); // it is asked only where the first one fails
        double without = turn.ttftMs() - turn.modelMs();
        double wait = FACTOR * turn.modelMs();
        Double next = nextModel(agent);
        if (next == null) return new Fate(without + wait, wait > MODEL_CEILING_MS ? 1 : 0);
        double normally = slow.p50Ms() == null ? turn.modelMs() : slow.p50Ms();
        if (opens(slow, normally, MODEL_MARK_MS)) return new Fate(without + next, 0);
        return wait <= slow.timeoutMs()
                ? new Fate(without + wait, 0)
                : new Fate(without + slow.timeoutMs() + next, 0);
    }

    /** How long the agent's second model takes to its first token; null: it has none. */
    private @Nullable Double nextModel(Agent agent) {
        if (agent.fallback().isEmpty()) return null;
        GuardReading next = readings.get(Edges.model(agent.fallback().getFirst()));
        if (next == null) return null;
        return next.p95Ms() == null ? Double.valueOf(next.normalMs()) : next.p95Ms();
    }

    private static Fate store(TurnTimes.Took turn, GuardReading slow) {
        double wait = FACTOR * turn.storeMs();
        return new Fate(turn.ttftMs() + wait - turn.storeMs(), wait > slow.timeoutMs() ? 1 : 0);
    }

    private static Fate source(TurnTimes.Took turn, Agent agent, GuardReading slow) {
        double p50 = slow.p50Ms() == null ? 0 : slow.p50Ms();
        double p95 = slow.p95Ms() == null ? 0 : slow.p95Ms();
        double budget = agent.budget().time().toMillis();
        if (!slow.policy().critical() && opens(slow, p50, 0)) return new Fate(turn.ttftMs(), 0);
        double patience =
                slow.policy().critical() ? Math.min(budget, (double) slow.timeoutMs()) : budget;
        double wait = Math.min(FACTOR * p95, patience);
        double ttft = turn.ttftMs() + Math.max(0, wait - turn.contextMs());
        if (!slow.policy().critical()) return new Fate(ttft, 0);
        double late = shareOver(patience / FACTOR, slow);
        boolean opens = slow.timeoutMs() <= budget && late >= 0.5;
        return new Fate(ttft, opens ? 1 : late);
    }

    /**
     * Whether its breaker opens for time-outs (or, where it may be left out, slowness), by the
     * middle one of its calls.
     *
     * @param atLeast a mark below which nothing is slow, ms
     */
    private static boolean opens(GuardReading slow, double p50, double atLeast) {
        double p95 = slow.p95Ms() == null ? 0 : slow.p95Ms();
        double usual = slow.policy().kind() == DependencyKind.MODEL ? 0 : 2 * slow.normalMs();
        double mark = Math.max(Math.max(3 * p95, usual), atLeast);
        double patience = slow.timeoutMs();
        return FACTOR * p50 > (slow.policy().critical() ? patience : Math.min(mark, patience));
    }

    /** The share of calls that take longer than this, by a line through the known quantiles. */
    private static double shareOver(double ms, GuardReading slow) {
        double p50 = slow.p50Ms() == null ? 0 : slow.p50Ms();
        double p95 = slow.p95Ms() == null ? p50 : slow.p95Ms();
        double p99 = slow.p99Ms() == null ? p95 : slow.p99Ms();
        if (ms < p50) return between(ms, 0, 1, p50, 0.5);
        if (ms < p95) return between(ms, p50, 0.5, p95, 0.05);
        if (ms < p99) return between(ms, p95, 0.05, p99, 0.01);
        return 0;
    }

    private static double between(double at, double x0, double y0, double x1, double y1) {
        return y0 + (y1 - y0) * (at - x0) / (x1 - x0);
    }

    private static double p95(double[] all) {
        Arrays.sort(all);
        return Round.ms(all[(int) Math.ceil(P95 * all.length) - 1]);
    }
}
