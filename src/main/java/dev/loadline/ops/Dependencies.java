package dev.loadline.ops;

import com.fasterxml.jackson.annotation.JsonValue;

import dev.loadline.core.Rfc3339;
import dev.loadline.guard.Cause;
import dev.loadline.guard.DependencyKind;
import dev.loadline.guard.Fault;
import dev.loadline.guard.GuardReading;
import dev.loadline.guard.Reason;

import org.jspecify.annotations.Nullable;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * All that this node depends on, and who needs it when; API-OPS.md.
 *
 * @param edges from agents to what their turns wait for
 * @param tenTimesSlower for each dependency of which enough was measured
 * @param drill what is made to go wrong on purpose; absent outside of drills
 */
public record Dependencies(
        List<Dependency> dependencies,
        List<Edge> edges,
        List<Slower> tenTimesSlower,
        @Nullable Drill drill) {
    private static final List<String> OUTCOMES =
            List.of(
                    "ok",
                    "timed_out",
                    "cut_short",
                    "unavailable",
                    "server_error",
                    "rate_limited",
                    "exhausted",
                    "rejected",
                    "cancelled",
                    "refused");

    /**
     * One of them; times in ms, absent where too little was measured.
     *
     * @param timeoutToNormal the time-out in force ÷ what is normal
     * @param limitGroup of models: who shares its rate limit
     * @param calls by outcome, since the start
     * @param amplification attempts ÷ originals of the last ten minutes
     * @param retries by layer, since the start
     * @param held an operator lets no call to it go; absent: no
     * @param misconfigured it refuses our key; absent: no
     */
    public record Dependency(
            String name,
            DependencyKind kind,
            boolean critical,
            double normalMs,
            @Nullable Double p50Ms,
            @Nullable Double p95Ms,
            @Nullable Double p99Ms,
            long samples,
            long timeoutMs,
            double timeoutToNormal,
            String breaker,
            Gate gate,
            int limit,
            int inFlight,
            @Nullable String limitGroup,
            Map<String, Long> calls,
            long originals,
            long attempts,
            @Nullable Double amplification,
            Map<Cause, Long> retries,
            double budget,
            @Nullable Boolean held,
            @Nullable Boolean misconfigured) {}

    /**
     * @param closedUntil wall clock; absent: it is open
     * @param waiting calls that stand in line before it
     */
    public record Gate(@Nullable String closedUntil, @Nullable Reason reason, int waiting) {}

    /** When a turn needs it. */
    public enum Stage {
        AUTH,
        STATE,
        CONTEXT,
        MODEL,
        TOOL;

        @JsonValue
        public String wire() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * @param from {@code agent:<name>}
     * @param optional a turn of this agent can be answered without it
     */
    public record Edge(String from, String to, Stage stage, boolean optional) {}

    /**
     * What would be if it took ten times as long.
     *
     * @param ttftP95Ms of the turns that would answer; absent: none would
     * @param turnsFailing a share of all turns, 0..1
     */
    public record Slower(String name, @Nullable Double ttftP95Ms, double turnsFailing) {}

    /**
     * @param guarded false: calls go as from a naive runtime
     * @param faults by dependency
     */
    public record Drill(boolean guarded, Map<String, Fault> faults) {
        public Drill {
            faults = new TreeMap<>(faults);
        }
    }

    static Dependency of(GuardReading guard, int waiting, long nowMs) {
        boolean model = guard.policy().kind() == DependencyKind.MODEL;
        return new Dependency(
                guard.policy().name(),
                guard.policy().kind(),
                guard.policy().critical(),
                Round.ms(guard.normalMs()),
                Round.orAbsent(guard.p50Ms()),
                Round.orAbsent(guard.p95Ms()),
                Round.orAbsent(guard.p99Ms()),
                guard.samples(),
                guard.timeoutMs(),
                guard.normalMs() <= 0 ? 0 : Round.ms(guard.timeoutMs() / guard.normalMs()),
                guard.breaker(),
                gate(guard, waiting, nowMs),
                guard.limit(),
                guard.inFlight(),
                model ? guard.policy().limitGroup() : null,
                calls(guard.calls()),
                guard.originals(),
                guard.attempts(),
                Round.orAbsent(guard.amplification()),
                retries(guard.retries()),
                Round.ms(guard.budget()),
                guard.held() ? Boolean.TRUE : null,
                guard.misconfigured() ? Boolean.TRUE : null);
    }

    private static Gate gate(GuardReading guard, int waiting, long nowMs) {
        long left = guard.gateClosedForMs();
        return left <= 0
                ? new Gate(null, null, waiting)
                : new Gate(Rfc3339.of(nowMs + left), guard.gateReason(), waiting);
    }

    private static Map<String, Long> calls(Map<String, Long> counted) {
        Map<String, Long> all = new LinkedHashMap<>();
        for (String outcome : OUTCOMES) all.put(outcome, counted.getOrDefault(outcome, 0L));
        return all;
    }

    private static Map<Cause, Long> retries(Map<Cause, Long> counted) {
        Map<Cause, Long> all = new EnumMap<>(Cause.class);
        for (Cause layer : Cause.values())
            if (layer != Cause.ORIGINAL) all.put(layer, counted.getOrDefault(layer, 0L));
        return all;
    }
}
