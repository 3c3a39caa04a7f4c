package dev.loadline.mailbox;

import dev.loadline.core.WorkClass;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * All letters of a mailbox that wait, by class, and which of the classes are overloaded. Not
 * thread-safe: under its mailbox's lock.
 */
final class Queues<T> {
    private static final WorkClass[] CLASSES = WorkClass.values();

    private final boolean newestFirst; // whether an overloaded class is served so
    private final Map<WorkClass, ClassQueue<T>> queues = new EnumMap<>(WorkClass.class);
    private final Map<WorkClass, Overload> overloads = new EnumMap<>(WorkClass.class);
    private int size;

    Queues(MailboxPolicy policy) {
        this.newestFirst = policy.shared();
        for (WorkClass workClass : CLASSES) {
            Duration wait = policy.wait(workClass);
            queues.put(workClass, new ClassQueue<>());
            overloads.put(workClass, new Overload(wait == null ? 0 : wait.toNanos()));
        }
    }

    void add(Entry<T> entry, long now) {
        ClassQueue<T> queue = of(entry.workClass);
        if (queue.isEmpty()) overload(entry.workClass).filled(now);
        else overloaded(entry.workClass, now);
        queue.add(entry);
        size++;
    }

    /** It begins. */
    void serve(Entry<T> entry, long now) {
        leaves(entry, now);
        of(entry.workClass).serve(entry);
    }

    /** It is given up. */
    void remove(Entry<T> entry, long now) {
        leaves(entry, now);
        of(entry.workClass).remove(entry);
    }

    boolean has(Entry<T> entry) {
        return of(entry.workClass).has(entry);
    }

    private void leaves(Entry<T> entry, long now) {
        ClassQueue<T> queue = of(entry.workClass);
        if (queue.size() == 1) overload(entry.workClass).emptied(entry.arrivedNanos, now);
        else overloaded(entry.workClass, now);
        size--;
    }

    /** Whose turn it is within the class; null: nobody waits. */
    @Nullable Entry<T> next(WorkClass workClass, long now) {
        ClassQueue<T> queue = of(workClass);
        return queue.isEmpty() ? null : queue.next(newest(workClass, now));
    }

    private boolean newest(WorkClass workClass, long now) {
        return newestFirst && overloaded(workClass, now);
    }

    boolean overloaded(WorkClass workClass, long now) {
        ClassQueue<T> queue = of(workClass);
        long oldest = queue.isEmpty() ? now : queue.oldest().arrivedNanos;
        return overload(workClass).look(oldest, now);
    }

    boolean anyOverloaded(long now) {
        for (WorkClass workClass : CLASSES) if (overloaded(workClass, now)) return true;
        return false;
    }

    /** How many would be served before this one, which does not wait yet. */
    int ahead(Entry<T> entry, long now) {
        int higher = 0;
        for (int i = 0; i < entry.workClass.rank(); i++) higher += of(CLASSES[i]).size();
        return higher + aheadInClass(entry, now);
    }

    int aheadInClass(Entry<T> entry, long now) {
        boolean newest = newest(entry.workClass, now);
        return of(entry.workClass).ahead(entry.user, entry.line, newest);
    }

    /** Letters of the tenant in this class and those above. */
    int of(Party.Tenant tenant, WorkClass lowest) {
        int sum = 0;
        for (int i = 0; i <= lowest.rank(); i++) sum += of(CLASSES[i]).of(tenant);
        return sum;
    }

    /** The last letter to come of the tenant with the most of this class; null: nobody waits. */
    @Nullable Entry<T> newestOfLargest(WorkClass workClass) {
        return of(workClass).newestOfLargest();
    }

    boolean anotherThan(Party.Tenant tenant, WorkClass workClass) {
        return of(workClass).anotherThan(tenant);
    }

    List<Entry<T>> all(WorkClass workClass) {
        return new ArrayList<>(of(workClass).all());
    }

    int size() {
        return size;
    }

    int size(WorkClass workClass) {
        return of(workClass).size();
    }

    /** How long the first that came has waited; 0 if none waits. */
    long oldestNanos(WorkClass workClass, long now) {
        ClassQueue<T> queue = of(workClass);
        return queue.isEmpty() ? 0 : now - queue.oldest().arrivedNanos;
    }

    private ClassQueue<T> of(WorkClass workClass) {
        return Objects.requireNonNull(queues.get(workClass));
    }

    private Overload overload(WorkClass workClass) {
        return Objects.requireNonNull(overloads.get(workClass));
    }
}
