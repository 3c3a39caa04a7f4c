package dev.loadline.mailbox;

import dev.loadline.core.Deadline;
import dev.loadline.core.WorkClass;
import dev.loadline.telemetry.RecentTimes;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What a mailbox decides: who waits, who may begin, who is refused. State and time go in, what to
 * do comes out; it does nothing itself. Between calls nobody waits who may take a slot that is free
 * ({@link Rights}), but for whom time alone made so since the last sweep.
 *
 * <p>Not thread-safe: its mailbox calls it under one lock.
 */
final class Line<T> {
    static final Duration RETRY_DRAINING = Duration.ofSeconds(2);

    private static final int SAMPLES = 512;
    private static final WorkClass[] CLASSES = WorkClass.values();

    /** One that waited in vain: its deadline passed ({@code null}), or it is refused. */
    record GivenUp<T>(Entry<T> entry, @Nullable Refusal reason) {}

    /** What to do now: begin these, and tell the others. */
    record Due<T>(List<Entry<T>> begin, List<GivenUp<T>> givenUp, Duration retryAfter) {
        static <T> Due<T> nothing() {
            return new Due<>(List.of(), List.of(), Duration.ZERO);
        }
    }

    /** The answer of an entry is there. {@code open}: its asker has not been told anything yet. */
    record Ended<T>(boolean open, Due<T> due) {}

    private final MailboxPolicy policy;
    private final Shares shares;
    private final Party.Book book = new Party.Book();
    private final Slots slots;
    private final Queues<T> queues;
    private final Rights<T> rights;
    private final Judge<T> judge;
    private final Shedding shedding = new Shedding();
    private final Refusals refusals = new Refusals();
    private final Set<Entry<T>> awaited = new LinkedHashSet<>(); // in work, asker not answered yet
    private final RecentTimes waits = new RecentTimes(SAMPLES);
    private final Due<T> nothing = Due.nothing();
    private long numbers;
    private Deadline soonest = new Deadline(0); // nobody who waits is to be given up before
    private double level;
    private boolean draining;

    Line(MailboxPolicy policy) {
        this.policy = policy;
        this.shares = new Shares(policy);
        this.slots = new Slots(policy, book, SAMPLES);
        this.queues = new Queues<>(policy);
        this.rights = new Rights<>(policy, slots, queues);
        this.judge = new Judge<>(policy, slots, queues, rights);
    }

    Door<T> offer(T item, Letter<?> letter, boolean asked, long now) {
        WorkClass workClass = letter.workClass();
        if (letter.deadline().passed(now)) {
            refusals.count(workClass, Refusals.EXPIRED);
            return new Door.Expire<>(nothing);
        }
        if (draining && workClass != WorkClass.CONTROL)
            return refuse(workClass, Refusal.DRAINING, RETRY_DRAINING, nothing);
        if (shares.shut(workClass, level) || isShed(workClass, now))
            return refuse(workClass, Refusal.SHARE, judge.retryAfter(), nothing);
        Due<T> due = due(now); // who may begin since a moment goes before
        Entry<T> entry = entry(item, letter, asked, now);
        rights.asks(entry, now);
        if (rights.mayBegin(entry, now)) return new Door.Begin<>(begin(entry, now), due);
        Refusal reason = judge.refusal(entry, now);
        if (reason == Refusal.FULL) {
            Entry<T> yields = judge.yields(entry, now);
            if (yields != null) {
                if (due.begin().isEmpty()) due = due();
                giveUp(yields, Refusal.SHARE, due, now);
                reason = null;
            }
        }
        if (reason != null) {
            book.forget(entry.user);
            return refuse(workClass, reason, judge.retryAfter(), due);
        }
        join(entry, now);
        return new Door.Wait<>(entry, depth(), due);
    }

    private Entry<T> entry(T item, Letter<?> letter, boolean asked, long now) {
        Sender sender = policy.fair() ? letter.sender() : Sender.NODE;
        Duration bound = policy.wait(letter.workClass());
        Deadline deadline = letter.deadline();
        return new Entry<>(
                item,
                letter.workClass(),
                deadline,
                bound == null ? deadline : deadline.sooner(new Deadline(now + bound.toNanos())),
                asked,
                book.of(sender),
                sender.line(),
                numbers++,
                now);
    }

    private Door<T> refuse(WorkClass workClass, Refusal reason, Duration retryAfter, Due<T> due) {
        refusals.count(workClass, reason.wire());
        return new Door.Refuse<>(reason, retryAfter, due);
    }

    private boolean isShed(WorkClass workClass, long now) {
        if (!shedding.includes(workClass)) return false;
        WorkClass strained = rights.strained(now);
        return strained != null && strained.compareTo(workClass) < 0;
    }

    private void join(Entry<T> entry, long now) {
        rights.foundNone(entry, now);
        soonest = depth() == 0 ? entry.patience() : soonest.sooner(entry.patience());
        queues.add(entry, now);
    }

    private Entry<T> begin(Entry<T> entry, long now) {
        entry.left(now);
        waits.add(entry.waitedNanos());
        entry.begun(slots.forLetter(entry.workClass, entry.user, now));
        if (entry.asked) awaited.add(entry);
        return entry;
    }

    /** Its asker has gone; does nothing if it waits no more. */
    Due<T> leave(Entry<T> entry, long now) {
        if (!queues.has(entry)) return nothing;
        queues.remove(entry, now);
        book.forget(entry.user);
        return due(now); // those of its sender's line come nearer
    }

    // --- slots

    /** At most so many from now on, if there are as many. */
    Due<T> limit(int most, long now) {
        slots.limit(most);
        return due(now);
    }

    /** For work that was acknowledged earlier. */
    Slots.Held begun(WorkClass workClass, Sender sender, long now) {
        return slots.forBegun(workClass, book.of(policy.fair() ? sender : Sender.NODE), now);
    }

    boolean capped(Sender taker, @Nullable Sender leaver, long now) {
        Party.Tenant tenant = book.known(taker.tenant());
        if (tenant == null) return false;
        boolean own = leaver != null && leaver.tenant().equals(taker.tenant());
        return rights.capped(tenant, own ? 1 : 0, now);
    }

    Slots slots() {
        return slots;
    }

    /** Null: the slot was given back before. */
    @Nullable Due<T> release(Slots.Held slot, long now) {
        return switch (slots.release(slot, now)) {
            case NOW -> due(now);
            case SOON -> nothing;
            case TWICE -> null;
        };
    }

    /** The service has returned: a release that it called itself counts from here on. */
    Due<T> handled(Slots.Held slot, long now) {
        return slots.handled(slot, now) ? due(now) : nothing;
    }

    Ended<T> answered(Entry<T> entry, long now) {
        boolean open = awaited.remove(entry);
        return new Ended<>(open, slots.answered(entry.slot(), now) ? due(now) : nothing);
    }

    // --- time

    /** Looks for what time alone did: who waited too long, who may begin, who is to be shed. */
    Due<T> sweep(long now) {
        Due<T> due = due();
        if (depth() > 0 && soonest.passed(now)) giveUpLate(due, now);
        shed(due, now);
        fill(due, now);
        for (Iterator<Entry<T>> all = awaited.iterator(); all.hasNext(); ) {
            Entry<T> entry = all.next();
            if (!entry.expired(now)) continue;
            refusals.count(entry.workClass, Refusals.EXPIRED);
            due.givenUp.add(new GivenUp<>(entry, null));
            all.remove();
        }
        return due;
    }

    private void giveUpLate(Due<T> due, long now) {
        Deadline next = null;
        for (WorkClass workClass : CLASSES) {
            for (Entry<T> entry : queues.all(workClass)) {
                if (entry.late(now)) giveUp(entry, due, now);
                else next = next == null ? entry.patience() : next.sooner(entry.patience());
            }
        }
        if (next != null) soonest = next;
    }

    private void shed(Due<T> due, long now) {
        if (!policy.shared()) return;
        if (!queues.anyOverloaded(now)) shedding.over();
        WorkClass strained = rights.strained(now);
        if (strained == null) return;
        shedding.strained(strained, workClass -> queues.size(workClass) > 0, now);
        for (int i = CLASSES.length - 1; i > strained.rank(); i--) {
            if (!shedding.includes(CLASSES[i])) continue;
            for (Entry<T> entry : queues.all(CLASSES[i])) giveUp(entry, Refusal.SHARE, due, now);
        }
    }

    private Due<T> due(long now) {
        if (depth() == 0 || !slots.anyFree()) return nothing;
        Due<T> due = due();
        fill(due, now);
        return due;
    }

    private Due<T> due() {
        return new Due<>(new ArrayList<>(), new ArrayList<>(), judge.retryAfter());
    }

    private void fill(Due<T> due, long now) {
        for (Entry<T> next = rights.next(now); next != null; next = rights.next(now)) {
            if (next.late(now)) {
                giveUp(next, due, now);
            } else {
                queues.serve(next, now);
                due.begin.add(begin(next, now));
            }
        }
    }

    private void giveUp(Entry<T> entry, Due<T> due, long now) {
        rights.foundNone(entry, now);
        giveUp(entry, entry.expired(now) ? null : Refusal.LATE, due, now);
    }

    private void giveUp(Entry<T> entry, @Nullable Refusal reason, Due<T> due, long now) {
        queues.remove(entry, now);
        book.forget(entry.user);
        entry.left(now);
        refusals.count(entry.workClass, reason == null ? Refusals.EXPIRED : reason.wire());
        due.givenUp.add(new GivenUp<>(entry, reason));
    }

    // --- the rest

    void press(double to) {
        level = to;
    }

    void drain() {
        draining = true;
    }

    /** True while someone waits whom only time may end. */
    boolean needsSweep() {
        return depth() > 0 || !awaited.isEmpty();
    }

    int depth() {
        return queues.size();
    }

    Queues<T> queues() {
        return queues;
    }

    Shedding shedding() {
        return shedding;
    }

    Refusals refusals() {
        return refusals;
    }

    /** How many tenants and users it knows. */
    int known() {
        return book.size();
    }

    Snapshot snapshot(long now) {
        long oldest = 0;
        for (WorkClass workClass : CLASSES)
            oldest = Math.max(oldest, queues.oldestNanos(workClass, now));
        return new Snapshot(
                depth(),
                slots.taken(),
                slots.limit(),
                oldest,
                waits.sorted(),
                slots.times().sorted());
    }
}
