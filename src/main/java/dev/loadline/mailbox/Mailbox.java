package dev.loadline.mailbox;

import dev.loadline.core.Clock;
import dev.loadline.core.Timers;
import dev.loadline.core.WorkClass;
import dev.loadline.telemetry.MailboxCounters;

import io.vertx.core.Future;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * Stands before a service: bounded, classed, deadline-aware. At most {@link
 * MailboxPolicy#concurrency} letters are in work; of the others it refuses at once who would wait
 * in vain. Of those who wait, higher classes go first, in a class the tenants and their users by
 * turn, and of equals the first that came (the newest while the class is overloaded); the letters
 * of one {@link Sender#line} always in order. It never grows past its bounds and never throws.
 *
 * <p>Thread: any. Work is begun, and answers are told, on the thread that caused it: the asker's,
 * or that of whoever freed a slot. Who needs the answer on its own event loop asks through a {@link
 * Bus}.
 */
public interface Mailbox<M, R> extends MailboxCounters.Waiting {
    /** A mailbox that runs on nothing but this clock and these timers. */
    static <M, R> Mailbox<M, R> create(
            String name,
            MailboxPolicy policy,
            Clock clock,
            Timers timers,
            Service<M, R> service,
            MailboxCounters counters) {
        var mailbox = new LocalMailbox<>(name, policy, clock, timers, service, counters);
        counters.watch(mailbox);
        return mailbox;
    }

    String name();

    /**
     * Leaves a letter whose answer nobody waits for. What becomes of it is counted; a failure of
     * the service is logged.
     */
    Offer offer(Letter<M> letter);

    /**
     * Always completes, and always with success: with the answer, a refusal, or {@link
     * Reply.Expired} at the letter's deadline (at most 25 ms after it), even if its work has begun;
     * a result that comes later is dropped.
     */
    Future<Reply<R>> ask(Letter<M> letter);

    /** Asks as {@link #ask} does, but whoever asks may leave while the letter waits. */
    Place<R> stand(Letter<M> letter);

    /** Somebody's place before the service. */
    interface Place<R> {
        Future<Reply<R>> reply();

        /**
         * Takes the letter out of the line; the reply never comes then. Does nothing once its work
         * has begun or it has been answered.
         */
        void leave();
    }

    /**
     * At most so many slots from now on, and never more than {@link MailboxPolicy#concurrency};
     * what is in work goes on. 0: nothing begins, and who waits does so until its deadline or bound
     * passes.
     *
     * @param slots not negative
     */
    void limit(int slots);

    /**
     * A slot for work that was acknowledged earlier: never refused, may exceed the concurrency and
     * every share; new work waits until it is under them again. The taker calls {@link
     * Slot#release()}.
     */
    Slot begun(WorkClass workClass, Sender sender);

    /**
     * Whether the sender's tenant may not take one slot more for the time being: it would hold over
     * its half while another tenant wants one. {@link #begun} does not ask.
     *
     * @param leaver whose slot is about to come back; null: nobody's
     */
    boolean capped(Sender taker, @Nullable Sender leaver);

    /**
     * How pressed the node is beside this mailbox (memory, event loops): 0 not at all, 1 so much
     * that nothing but {@code CONTROL} may come in. It stands for a queue that is so full: classes
     * are refused by their shares. Holds until the next call.
     */
    void press(double level);

    /**
     * From now on new letters are refused ({@code DRAINING}), but for {@code CONTROL}; what waits
     * or is in work goes on.
     */
    void drain();

    MailboxReading reading();

    /** What was refused so far; only what happened at least once. */
    List<RefusedReading> refused();
}
