package dev.loadline.mailbox;

import dev.loadline.core.WorkClass;
import dev.loadline.telemetry.RecentTimes;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/**
 * Whether a letter that can't begin at once may wait, and when a refused one may come again. The
 * predicted wait is judged, not the length of the queue: who would wait in vain is told at once.
 *
 * <p>Beside the shares of {@link Shares}: while another tenant wants a slot, a tenant that holds
 * its half is judged by what its half will serve, and none takes more than half of the places, or
 * those of one would fill the queue before the others. A class with a share of the slots is judged
 * by that, too.
 *
 * <p>Not thread-safe: under its mailbox's lock.
 */
final class Judge<T> {
    private static final Duration RETRY_UNKNOWN = Duration.ofSeconds(1);
    private static final Duration RETRY_MIN = Duration.ofMillis(100);
    private static final Duration RETRY_MAX = Duration.ofSeconds(60);

    private final MailboxPolicy policy;
    private final Shares shares;
    private final Slots slots;
    private final Queues<T> queues;
    private final Rights<T> rights;

    Judge(MailboxPolicy policy, Slots slots, Queues<T> queues, Rights<T> rights) {
        this.policy = policy;
        this.shares = new Shares(policy);
        this.slots = slots;
        this.queues = queues;
        this.rights = rights;
    }

    /** Why it may not wait; null: it may. What it is refused for want of a slot is remembered. */
    @Nullable Refusal refusal(Entry<T> entry, long now) {
        WorkClass workClass = entry.workClass;
        if (!shares.hasPlace(workClass, queues.size(), queues.size(WorkClass.CONTROL)))
            return wanting(entry, shares.full(workClass), now);
        boolean judged = policy.shared() && workClass != WorkClass.CONTROL;
        if (judged && ofTenant(entry, now)) return Refusal.SHARE;
        if (!entry.late(now) && !(judged && predictedLate(entry, now))) return null;
        return wanting(entry, Refusal.LATE, now);
    }

    /**
     * Who makes room for one that found no place: the newest letter of a tenant with more than half
     * of the places, if there is one and it is another's; null: nobody.
     */
    @Nullable Entry<T> yields(Entry<T> entry, long now) {
        if (!policy.shared() || entry.workClass != WorkClass.INTERACTIVE) return null;
        if (entry.late(now) || predictedLate(entry, now)) return null;
        Entry<T> newest = queues.newestOfLargest(entry.workClass);
        if (newest == null || newest.tenant() == entry.tenant()) return null;
        int places = queues.of(newest.tenant(), entry.workClass);
        return places > shares.tenantPlaces() ? newest : null;
    }

    private Refusal wanting(Entry<T> entry, Refusal reason, long now) {
        rights.foundNone(entry, now);
        return reason;
    }

    private boolean ofTenant(Entry<T> entry, long now) {
        if (!rights.anotherWants(entry.tenant(), now)) return false;
        int places = queues.of(entry.tenant(), WorkClass.BACKGROUND);
        if (places >= shares.tenantPlaces()) return true;
        if (!rights.capped(entry, now)) return false;
        int own = queues.of(entry.tenant(), entry.workClass);
        return predicted(own, shares.tenantSlots()) > entry.patienceNanos(now);
    }

    private boolean predictedLate(Entry<T> entry, long now) {
        long patience = entry.patienceNanos(now);
        if (predicted(queues.ahead(entry, now), policy.concurrency()) > patience) return true;
        return predicted(queues.aheadInClass(entry, now), slots.limit(entry.workClass)) > patience;
    }

    /** Nanoseconds; 0 while nothing was measured. */
    private double predicted(int position, int concurrency) {
        RecentTimes times = slots.times();
        return (position + 1.0) * times.mean() / concurrency;
    }

    /** When a newcomer may find a slot: what stands before it, at the mean pace. */
    Duration retryAfter() {
        double nanos = predicted(queues.size(), policy.concurrency());
        if (nanos == 0) return RETRY_UNKNOWN;
        if (nanos >= RETRY_MAX.toNanos()) return RETRY_MAX;
        return Duration.ofNanos(Math.max(RETRY_MIN.toNanos(), (long) nanos));
    }
}
