/**
 * Bounded, classed, deadline-aware endpoints on the event bus.
 *
 * <p>Before a node's door for new work ({@link dev.loadline.mailbox.MailboxPolicy#admission})
 * classes and tenants have shares, and the predicted wait is judged. Inside a turn ({@link
 * dev.loadline.mailbox.MailboxPolicy#untilDeadline}) work was taken on before: it is refused only
 * by its own deadline or a full box, and no prediction, share or overload turns it away.
 *
 * <p>Decisions are made in {@code Line} and what stands behind it, pure, each rule in a file:
 * {@code Shares} (how much a class or a tenant may have), {@code Rights} (who may take a slot),
 * {@code Judge} (who may wait), {@code Overload} and {@code Shedding} (state over time), {@code
 * ClassQueue} and {@code Ring} (order); {@code LocalMailbox} carries them out.
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
