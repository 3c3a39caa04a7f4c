package dev.loadline.mailbox;

import dev.loadline.telemetry.RecentTimes;

import java.util.concurrent.TimeUnit;

/** How a mailbox is at one moment; to be finished without its lock. */
record Snapshot(
        int depth,
        int inWork,
        int limit,
        long oldestNanos,
        RecentTimes.Sorted waits,
        RecentTimes.Sorted services) {
    MailboxReading finish(String name, MailboxPolicy policy) {
        return new MailboxReading(
                name,
                depth,
                policy.capacity() + policy.controlRoom(),
                inWork,
                limit,
                TimeUnit.NANOSECONDS.toMillis(oldestNanos),
                waits.quantileMs(0.50),
                waits.quantileMs(0.99),
                services.quantileMs(0.50));
    }
}
