package dev.loadline.mailbox;

import dev.loadline.core.WorkClass;

import org.jspecify.annotations.Nullable;

/**
 * Who may take a slot. Classes by rank, each within its shares; a tenant at most half of the slots
 * while another wants one.
 *
 * <p>Another tenant <em>wants a slot</em> while a letter of it waits in a class that is within its
 * shares, and from when it had to wait, or was refused, for want of a slot until it has not come
 * for ten seconds. The time goes on with each letter because no slot is taken back: if one that
 * floods might take all of them whenever nobody waits, the next of the others would find it over
 * its half, and wait for as long as its turns take. Where there always is a free slot for the
 * others, nobody is kept at a half. What was kept out by a share (of its class, of its own tenant)
 * or because the node is pressed wanted nothing that anybody could have given up, and counts for
 * nothing: else two tenants at their halves would keep each other there, and a summary that waits
 * for its class's share would leave half of the slots empty. {@code CONTROL} has no share.
 *
 * <p>Not thread-safe: under its mailbox's lock.
 */
final class Rights<T> {
    private static final WorkClass[] CLASSES = WorkClass.values();

    private final boolean shared;
    private final int tenantSlots;
    private final Slots slots;
    private final Queues<T> queues;
    private final Wanting wanting = new Wanting();

    Rights(MailboxPolicy policy, Slots slots, Queues<T> queues) {
        this.shared = policy.shared();
        this.tenantSlots = new Shares(policy).tenantSlots();
        this.slots = slots;
        this.queues = queues;
    }

    /** Whose turn it is, if a slot is free and it may take it. */
    @Nullable Entry<T> next(long now) {
        if (!slots.anyFree() || queues.size() == 0) return null;
        for (WorkClass workClass : CLASSES) {
            Entry<T> first = queues.next(workClass, now);
            if (first != null && within(first, now)) return first;
        }
        return null;
    }

    /** Whether it may take a slot at once, if nobody else who waits may. */
    boolean mayBegin(Entry<T> entry, long now) {
        return slots.anyFree() && within(entry, now);
    }

    private boolean within(Entry<T> entry, long now) {
        return slots.withinShares(entry.workClass) && !capped(entry, now);
    }

    /** Whether its tenant holds all that it may for the time being. */
    boolean capped(Entry<T> entry, long now) {
        return entry.workClass != WorkClass.CONTROL && capped(entry.tenant(), 0, now);
    }

    /**
     * @param comingBack of its slots
     */
    boolean capped(Party.Tenant tenant, int comingBack, long now) {
        return shared && tenant.held() - comingBack >= tenantSlots && anotherWants(tenant, now);
    }

    boolean anotherWants(Party.Tenant tenant, long now) {
        if (!shared) return false;
        for (WorkClass workClass : CLASSES)
            if (slots.withinShares(workClass) && queues.anotherThan(tenant, workClass)) return true;
        return wanting.another(tenant.name(), now);
    }

    /** It has come. */
    void asks(Entry<T> entry, long now) {
        if (slots.withinShares(entry.workClass)) wanting.asks(entry.tenant().name(), now);
    }

    /** It waits, was refused or gave up; call it while the slots are as they were then. */
    void foundNone(Entry<T> entry, long now) {
        if (within(entry, now)) wanting.foundNone(entry.tenant().name(), now);
    }

    /**
     * The highest class that is overloaded for want of a slot; null: none. One whose next letter
     * could not take a slot if there were one is not helped by what is taken from others. Nor is
     * {@code CONTROL} one: nobody is sent away for the few letters that go before all anyway.
     */
    @Nullable WorkClass strained(long now) {
        if (slots.anyFree()) return null;
        for (WorkClass workClass : CLASSES) {
            if (workClass == WorkClass.CONTROL || !queues.overloaded(workClass, now)) continue;
            Entry<T> first = queues.next(workClass, now);
            if (first == null || within(first, now)) return workClass;
        }
        return null;
    }
}
