/**
 * What stands before a dependency.
 *
 * <p>One {@link dev.loadline.guard.Guard} per dependency and node; all of a node are {@link
 * dev.loadline.guard.Guards}. A guard lets a call go ({@link dev.loadline.guard.Permit}), says how
 * long to wait, or refuses; it never queues, and takes one short lock per call, none per token. The
 * rules are pure, each in a file, with time as an argument: {@code Latencies} (what is normal, and
 * the time-outs that follow), {@code HealthWindow} (when to open the breaker), {@code
 * ConcurrencyLimit}, {@code RetryBudget}, {@code Gate} (one for a limit group), {@code
 * Amplification}. Thread: any. May import: telemetry, core.
 */
@NullMarked
package dev.loadline.guard;

import org.jspecify.annotations.NullMarked;
