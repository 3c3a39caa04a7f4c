package dev.loadline.mailbox;

import dev.loadline.core.WorkClass;

/**
 * How much of a mailbox each class and each tenant may have. Numbers only.
 *
 * <p>Two decisions. A class may take a place while the queue is <em>less</em> full than its share,
 * so that a class with a share has a place in the smallest queue. And besides its own share of the
 * slots a class is bounded together with the classes below it, by the same share (or one slot more
 * than the next lower, where rounding would leave it none): webhooks' 75 % and summaries' 25 %
 * would add up to all slots, and leave none for a person who waits.
 */
record Shares(MailboxPolicy policy) {
    private static final int ALL = 100;

    /** The part of the queue up to which a class is let in, in percent. */
    private static int queue(WorkClass workClass) {
        return switch (workClass) {
            case CONTROL, INTERACTIVE -> ALL;
            case WEBHOOK -> 85;
            case SCHEDULED -> 70;
            case BACKGROUND -> 50;
        };
    }

    private static int slotShare(WorkClass workClass) {
        return switch (workClass) {
            case CONTROL, INTERACTIVE -> ALL;
            case WEBHOOK -> 75;
            case SCHEDULED -> 50;
            case BACKGROUND -> 25;
        };
    }

    /** Whether a node so pressed takes nothing of this class. */
    boolean shut(WorkClass workClass, double level) {
        boolean judged = policy.shared() && workClass != WorkClass.CONTROL;
        return judged && level * ALL >= queue(workClass);
    }

    /**
     * Whether the queue takes one more of the class.
     *
     * @param waiting all letters that wait
     * @param control those of them that are {@code CONTROL}: they fill their own room first
     */
    boolean hasPlace(WorkClass workClass, int waiting, int control) {
        int own = policy.controlRoom();
        if (workClass == WorkClass.CONTROL) return waiting < policy.capacity() + own;
        int share = policy.shared() ? queue(workClass) : ALL;
        int shared = waiting - Math.min(own, control);
        return (long) shared * ALL < (long) share * policy.capacity();
    }

    /** What a full queue is called to a class: {@code SHARE} if only its share of it is full. */
    Refusal full(WorkClass workClass) {
        return policy.shared() && queue(workClass) < ALL ? Refusal.SHARE : Refusal.FULL;
    }

    /** The most slots that the class may hold. */
    int slots(WorkClass workClass) {
        if (!policy.shared()) return policy.concurrency();
        return Math.max(1, percent(slotShare(workClass), policy.concurrency()));
    }

    /** The most slots that the class and those below it may hold together. */
    int slotsWithLower(WorkClass workClass) {
        int least = workClass == WorkClass.BACKGROUND ? 1 : 1 + slotsWithLower(lower(workClass));
        return Math.min(policy.concurrency(), Math.max(least, slots(workClass)));
    }

    private static WorkClass lower(WorkClass workClass) {
        return switch (workClass) {
            case CONTROL -> WorkClass.INTERACTIVE;
            case INTERACTIVE -> WorkClass.WEBHOOK;
            case WEBHOOK -> WorkClass.SCHEDULED;
            case SCHEDULED, BACKGROUND -> WorkClass.BACKGROUND;
        };
    }

    /** The most slots that a tenant may hold while another wants one. */
    int tenantSlots() {
        return Math.max(1, policy.concurrency() / 2);
    }

    /** The most places that a tenant may take while another wants a slot. */
    int tenantPlaces() {
        return Math.max(1, policy.capacity() / 2);
    }

    private static int percent(int share, int of) {
        return (int) ((long) share * of / ALL);
    }
}
