/**
 * The words and the clock.
 *
 * <p>Ids, principals, work classes, {@link dev.loadline.core.Outcome}, {@link
 * dev.loadline.core.Problem}, {@link dev.loadline.core.Deadline}, and the faces of time ({@link
 * dev.loadline.core.Clock}, {@link dev.loadline.core.Timers}). The only room that reads a clock or
 * makes random ids. Thread: everything here is immutable or says otherwise. May import: nothing of
 * Loadline.
 */
@NullMarked
package dev.loadline.core;

import org.jspecify.annotations.NullMarked;
