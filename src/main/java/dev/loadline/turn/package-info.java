/**
 * What a turn does next, as values and pure functions; the feed and its cursors.
 *
 * <p>Face: {@link dev.loadline.turn.TurnMachine} (decides), {@link dev.loadline.turn.Feed} (the
 * turn's append-only record in memory: one writer, many readers), {@link dev.loadline.turn.Cursor},
 * and the shapes of the wire ({@link dev.loadline.turn.Turn}, {@link dev.loadline.turn.Message},
 * {@link dev.loadline.turn.TurnEvent}). Time: always an argument. May import: core.
 */
@NullMarked
package dev.loadline.turn;

import org.jspecify.annotations.NullMarked;
