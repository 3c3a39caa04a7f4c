package dev.loadline.mailbox;

import dev.loadline.core.Deadline;
import dev.loadline.core.WorkClass;

import org.jspecify.annotations.Nullable;

import java.util.Objects;

/** A letter that waits or, if its asker still wants to know, is in work. */
final class Entry<T> {
    final T item;
    final WorkClass workClass;
    final boolean asked;
    final Party.User user;
    final String line;
    final long number; // later is larger
    final long arrivedNanos;
    private final Deadline deadline;
    private final Deadline patience; // until when it may wait
    private long waitedNanos;
    private Slots.@Nullable Held slot; // once it has begun

    Entry(
            T item,
            WorkClass workClass,
            Deadline deadline,
            Deadline patience,
            boolean asked,
            Party.User user,
            String line,
            long number,
            long now) {
        this.item = item;
        this.workClass = workClass;
        this.asked = asked;
        this.user = user;
        this.line = line;
        this.number = number;
        this.arrivedNanos = now;
        this.deadline = deadline;
        this.patience = patience;
    }

    Party.Tenant tenant() {
        return user.tenant();
    }

    boolean expired(long now) {
        return deadline.passed(now);
    }

    /** It has waited as long as it may. */
    boolean late(long now) {
        return patience.passed(now);
    }

    long patienceNanos(long now) {
        return patience.leftNanos(now);
    }

    Deadline patience() {
        return patience;
    }

    /** How long it waited; settled when it left the line. */
    long waitedNanos() {
        return waitedNanos;
    }

    void left(long now) {
        waitedNanos = now - arrivedNanos;
    }

    void begun(Slots.Held taken) {
        slot = taken;
    }

    boolean begun() {
        return slot != null;
    }

    Slots.Held slot() {
        return Objects.requireNonNull(slot, "a letter has a slot once it has begun");
    }
}
