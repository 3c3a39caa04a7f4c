package dev.loadline.guard;

import org.jspecify.annotations.Nullable;

import java.util.Map;

/**
 * A guard at one moment, as in the reading {@code dependencies}. Times in ms; absent: measured on
 * too little.
 *
 * @param breaker closed, open, half-open or none
 * @param gateClosedForMs 0: open
 * @param calls by outcome, as the metric names them, since the start
 * @param amplification attempts ÷ originals of the last ten minutes
 * @param held an operator holds it
 * @param misconfigured three 401 or 403 in a row, and no other answer since: the key is wrong
 */
public record GuardReading(
        GuardPolicy policy,
        double normalMs,
        @Nullable Double p50Ms,
        @Nullable Double p95Ms,
        @Nullable Double p99Ms,
        long samples,
        long timeoutMs,
        String breaker,
        long gateClosedForMs,
        @Nullable Reason gateReason,
        int limit,
        int inFlight,
        Map<String, Long> calls,
        long originals,
        long attempts,
        @Nullable Double amplification,
        Map<Cause, Long> retries,
        double budget,
        boolean held,
        boolean misconfigured) {}
