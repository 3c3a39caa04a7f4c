package dev.loadline.mailbox;

/** Leave to be at work: one of a mailbox's {@link MailboxPolicy#concurrency}. Any thread. */
public interface Slot {
    /**
     * The service holds the slot past its answer, until it calls {@link #release()}.
     *
     * @throws IllegalStateException if it has been given back already
     */
    void keep();

    /** Gives the slot back, once. A second call does nothing but is counted as a bug. */
    void release();
}
