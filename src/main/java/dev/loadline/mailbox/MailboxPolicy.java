package dev.loadline.mailbox;

import static dev.loadline.core.Require.require;

import dev.loadline.core.WorkClass;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Map;

/**
 * How much a mailbox takes.
 *
 * @param capacity how many letters may wait; {@code CONTROL} has {@link #controlRoom} besides
 * @param concurrency how many slots there are: letters in work at once
 * @param waits how long a letter of a class may wait for a slot (zero: not at all); a class without
 *     a bound waits until its deadline
 * @param shared whether what comes is new, so that classes and tenants have shares and who would
 *     wait too long is refused at once; if not, it belongs to work that was taken on before, and
 *     only a full box or its own deadline refuses it
 * @param fair whether the tenants and their users are told apart, and served by turn
 */
public record MailboxPolicy(
        int capacity,
        int concurrency,
        Map<WorkClass, Duration> waits,
        boolean shared,
        boolean fair) {
    private static final int CONTROL_SHARE = 20;
    private static final Duration WEBHOOK_WAIT = Duration.ofSeconds(1);
    private static final Duration PATIENT_WAIT = Duration.ofSeconds(30);

    public MailboxPolicy {
        require(capacity >= 0, "mailbox.capacity must not be negative");
        require(concurrency >= 1, "mailbox.concurrency must be at least 1");
        require(fair || !shared, "a mailbox with shares must tell its senders apart");
        waits = Map.copyOf(waits);
        for (Duration wait : waits.values()) {
            require(!wait.isNegative(), "mailbox.waits must not be negative");
            require(wait.toDays() <= 1, "mailbox.waits must be at most a day");
        }
    }

    /** A door for new work, with shares. */
    public MailboxPolicy(int capacity, int concurrency, Map<WorkClass, Duration> waits) {
        this(capacity, concurrency, waits, true, true);
    }

    /**
     * A node's door for turns: a webhook's caller waits a second at most, the schedule and what
     * goes on in the background 30 s.
     *
     * @param interactive how long a person waits for a slot
     */
    public static MailboxPolicy admission(int capacity, int concurrency, Duration interactive) {
        var waits =
                Map.of(
                        WorkClass.INTERACTIVE,
                        interactive,
                        WorkClass.WEBHOOK,
                        WEBHOOK_WAIT,
                        WorkClass.SCHEDULED,
                        PATIENT_WAIT,
                        WorkClass.BACKGROUND,
                        PATIENT_WAIT);
        return new MailboxPolicy(capacity, concurrency, waits);
    }

    /** For a service inside a turn: only the letter's deadline bounds its wait. */
    public static MailboxPolicy untilDeadline(int capacity, int concurrency) {
        return new MailboxPolicy(capacity, concurrency, Map.of(), false, false);
    }

    /**
     * For work inside turns that waits for something outside: only the letter's deadline bounds its
     * wait, and the tenants and their users go by turn.
     */
    public static MailboxPolicy byTurn(int capacity, int concurrency) {
        return new MailboxPolicy(capacity, concurrency, Map.of(), false, true);
    }

    /** Room that only {@code CONTROL} may use: 5 % of the capacity, at least 1. */
    public int controlRoom() {
        return Math.max(1, capacity / CONTROL_SHARE);
    }

    @Nullable Duration wait(WorkClass workClass) {
        return waits.get(workClass);
    }
}
