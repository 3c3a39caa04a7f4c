package dev.loadline.telemetry;

import dev.loadline.core.WorkClass;

/** Hears what happens at one mailbox. Any thread; quick, and never throws. */
public interface MailboxCounters {
    /** Counts nothing. */
    MailboxCounters NONE =
            new MailboxCounters() {
                @Override
                public void watch(Waiting waiting) {}

                @Override
                public void waited(WorkClass workClass, long nanos) {}

                @Override
                public void refused(WorkClass workClass, String reason) {}

                @Override
                public void lateResult() {}

                @Override
                public void releasedTwice() {}
            };

    /** What waits and works at a mailbox right now. Any thread. */
    interface Waiting {
        int depth(WorkClass workClass);

        /** How long the first of the class has waited; 0 if none waits. */
        long oldestNanos(WorkClass workClass);

        /** Whether the class is overloaded: its queue does not empty any more. */
        boolean overloaded(WorkClass workClass);

        /** Slots that the class holds. */
        int inWork(WorkClass workClass);
    }

    /** Called once, when the mailbox is made. */
    void watch(Waiting waiting);

    /** A letter was begun after this long. */
    void waited(WorkClass workClass, long nanos);

    /**
     * @param reason full, late, expired, draining or share
     */
    void refused(WorkClass workClass, String reason);

    /** A result came after its asker had been told that it expired; it was dropped. */
    void lateResult();

    /** A slot was given back a second time: a bug of its keeper, without effect. */
    void releasedTwice();
}
