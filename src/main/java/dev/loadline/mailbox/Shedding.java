package dev.loadline.mailbox;

import dev.loadline.core.WorkClass;

import java.util.function.Predicate;

/**
 * Which classes are shed for one above them: the lowest first, and after each interval in which
 * that did not end the overload, the lowest that still waits. Time is an argument. Not thread-safe:
 * under its mailbox's lock.
 */
final class Shedding {
    private static final WorkClass[] CLASSES = WorkClass.values();

    private int from = CLASSES.length; // this one and all below
    private boolean ongoing; // since a class was first shed, until no class is overloaded
    private long sinceNanos;

    /** Whether it would be shed while a class above it is strained. */
    boolean includes(WorkClass workClass) {
        return workClass.rank() >= from;
    }

    /** No class is overloaded any more. */
    void over() {
        from = CLASSES.length;
        ongoing = false;
    }

    /**
     * A class is strained: overloaded, and for want of a slot. Another one may be a moment later:
     * the time between two steps counts for all of them.
     *
     * @param strained the highest such class
     * @param waits whether somebody of a class waits
     */
    void strained(WorkClass strained, Predicate<WorkClass> waits, long now) {
        from = Math.max(from, strained.rank() + 1);
        boolean begins = from == CLASSES.length;
        if (ongoing && now - sinceNanos < Overload.INTERVAL_NANOS) return;
        int lowest = from - 1;
        while (lowest > strained.rank() && !waits.test(CLASSES[lowest])) lowest--;
        if (lowest > strained.rank()) from = lowest;
        else if (begins && strained != WorkClass.BACKGROUND) from = CLASSES.length - 1;
        else return;
        ongoing = true;
        sinceNanos = now;
    }
}
