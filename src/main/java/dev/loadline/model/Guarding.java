package dev.loadline.model;

import dev.loadline.core.Clock;
import dev.loadline.core.Timers;
import dev.loadline.guard.Guards;
import dev.loadline.telemetry.MailboxCounters;

import java.time.Duration;
import java.util.function.Function;

/**
 * What models are guarded with.
 *
 * @param timers of the loop that asks
 * @param guards has one for every model, {@code model:<name>}
 * @param mailboxes counts by a mailbox's name
 * @param firstToken the budget until a person sees something; twice as long a person waits for a
 *     model that is full
 */
public record Guarding(
        Clock clock,
        Timers timers,
        Guards guards,
        Function<String, MailboxCounters> mailboxes,
        Duration firstToken) {}
