/**
 * Moves turns: the only room that carries effects out.
 *
 * <p>Face: {@link dev.loadline.engine.Turns}. Ownership, recovery, queueing. Thread: all live turns
 * of a conversation are on one event loop. May import: turn, context, model, tool, store, guard,
 * mailbox, telemetry, core.
 */
@NullMarked
package dev.loadline.engine;

import org.jspecify.annotations.NullMarked;
