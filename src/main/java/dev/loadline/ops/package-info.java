/**
 * The composed readings: what a node's measurements say together, for operators and for admission.
 *
 * <p>Face: {@link dev.loadline.ops.Load}, {@link dev.loadline.ops.LoadWatch}, {@link
 * dev.loadline.ops.Dependencies}, {@link dev.loadline.ops.DependencyWatch}, {@link
 * dev.loadline.ops.TurnTimes}. Thread: any. Time: by the timers given. May import: guard, mailbox,
 * telemetry, core.
 */
@NullMarked
package dev.loadline.ops;

import org.jspecify.annotations.NullMarked;
