/**
 * Bounded, classed, deadline-aware endpoints on the event bus.
 *
 * <p>Face: {@link dev.loadline.mailbox.Mailbox} before a service, {@link dev.loadline.mailbox.Bus}
 * to reach it by address, {@link dev.loadline.mailbox.Letter} and {@link
 * dev.loadline.mailbox.Reply}. Thread: a mailbox is shared by all loops of a node, one short lock
 * per call. Time: by the clock and timers given. {@link dev.loadline.mailbox.VertxTimers} is here
 * because this is the lowest room that stands on Vert.x: core stays free of it. May import:
 * telemetry, core.
 */
@NullMarked
package dev.loadline.mailbox;

import org.jspecify.annotations.NullMarked;
