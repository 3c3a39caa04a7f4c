package dev.loadline.ops;

import dev.loadline.guard.Cause;
import dev.loadline.guard.DependencyKind;
import dev.loadline.guard.GuardPolicy;
import dev.loadline.guard.GuardReading;
import dev.loadline.guard.Reason;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;

/**
 * A guard's reading, made up in the few figures that matter.
 *
 * @param p50 ms; 0: nothing was learned
 */
record Guarded(String name, boolean critical, long normalMs, double p50, long timeoutMs) {
    GuardReading reading() {
        return reading(0, null, Map.of(), Map.of(), false);
    }

    GuardReading reading(
            long closedForMs,
            Reason reason,
            Map<String, Long> calls,
            Map<Cause, Long> retries,
            boolean marked) {
        boolean learned = p50 > 0;
        return new GuardReading(
                policy(),
                normalMs,
                learned ? p50 : null,
                learned ? 2 * p50 : null,
                learned ? 2.5 * p50 : null,
                learned ? 100 : 3,
                timeoutMs,
                kind() == DependencyKind.STORE ? "none" : "closed",
                closedForMs,
                reason,
                64,
                2,
                calls,
                10,
                11,
                learned ? 1.1 : null,
                retries,
                2.987,
                marked,
                marked);
    }

    private GuardPolicy policy() {
        return new GuardPolicy(
                name,
                kind(),
                critical,
                name.substring(name.indexOf(':') + 1),
                Duration.ofMillis(normalMs),
                Duration.ZERO,
                false,
                true,
                GuardPolicy.Settings.DEFAULT);
    }

    private DependencyKind kind() {
        return DependencyKind.valueOf(name.split(":", 2)[0].toUpperCase(Locale.ROOT));
    }
}
