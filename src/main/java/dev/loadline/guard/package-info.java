/**
 * What stands before a dependency.
 *
 * <p>One {@link dev.loadline.guard.Guard} per dependency and node; all of a node are {@link
 * dev.loadline.guard.Guards}. A guard lets a call go ({@link dev.loadline.guard.Permit}), says how
 * long to wait, or refuses; it never queues, and takes a short lock per word of a call, none per
 * token. The rules are pure, each in a file, with time as an argument: {@code Latencies} (what is
 * normal), {@code Pace} (the time-outs that follow), {@code HealthWindow} (when to open the
 * breaker), {@code ConcurrencyLimit}, {@code RetryBudget}, {@code Gate} (one for a limit group),
 * {@code Amplification}. {@code Deciding} asks them in turn, {@code Judging} tells each what an
 * outcome means to it, {@code Rules} is what both go by, {@code LimitGroup} the lock.
 *
 * <p>Decided here: slowness opens a model's breaker only while calls come that have a fallback, and
 * does not refuse those that have none. A probe that is as slow as what opened the breaker teaches
 * what is normal, and closes nothing. A model's stream counts for its health at its first event,
 * and once more if it is cut. Thread: any. May import: telemetry, core.
 */
@NullMarked
package dev.loadline.guard;

import org.jspecify.annotations.NullMarked;
