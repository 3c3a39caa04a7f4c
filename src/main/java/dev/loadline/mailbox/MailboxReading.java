package dev.loadline.mailbox;

import org.jspecify.annotations.Nullable;

/**
 * A mailbox at one moment. Figures that nothing was measured for are absent (null).
 *
 * @param depth letters that wait, {@code CONTROL} included
 * @param capacity how many may wait, {@link MailboxPolicy#controlRoom} included
 * @param inWork slots taken; above {@code limit} only by {@link Mailbox#begun}, or where it sank
 * @param limit slots there are at present, by {@link Mailbox#limit}
 * @param oldestMs how long the first has waited; 0 if none waits
 * @param waitP50Ms of the last 512 letters that left the line
 * @param serviceP50Ms how long a slot was held, of the last 512
 */
public record MailboxReading(
        String name,
        int depth,
        int capacity,
        int inWork,
        int limit,
        long oldestMs,
        @Nullable Double waitP50Ms,
        @Nullable Double waitP99Ms,
        @Nullable Double serviceP50Ms) {}
