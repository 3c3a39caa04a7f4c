package dev.loadline.engine;

import dev.loadline.core.TurnId;
import dev.loadline.core.WorkClass;
import dev.loadline.mailbox.Mailbox;
import dev.loadline.mailbox.Sender;
import dev.loadline.mailbox.Slot;
import dev.loadline.turn.TurnHead;

import org.jspecify.annotations.Nullable;

import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * The slots that this node's turns hold, and the acknowledged turns that wait for one: taken over
 * from another life, or next in a conversation whose slot has gone. While any waits, a slot that
 * comes back is theirs: by class, then first in, first out; what is new gets what they leave. None
 * of them is ever refused; the deadline of its turn ends the wait. Any thread.
 *
 * <p>How many may wait is bounded by who brings them: a takeover asks for {@link #room()}, a
 * conversation has one turn at a time.
 */
final class TurnSlots {
    private static final int WAITING_MAX = 4096;

    /** One that waits. */
    private record Waiting(TurnHead head, int loop, long number) {
        static final Comparator<Waiting> ORDER =
                Comparator.<Waiting, WorkClass>comparing(one -> one.head().workClass())
                        .thenComparingLong(Waiting::number);
    }

    /** A slot on its way to the loop of its turn: it is there for one taker, once. */
    static final class Offered {
        private final AtomicReference<@Nullable Slot> slot;

        private Offered(Slot slot) {
            this.slot = new AtomicReference<>(slot);
        }

        /** Null: it has been taken, or taken back. */
        @Nullable Slot take() {
            return slot.getAndSet(null);
        }
    }

    /** Brings a slot to a loop. */
    interface Courier {
        /**
         * @param returned to be called once it is known what became of it; true: the loop did not
         *     answer, false: it answered
         */
        void bring(int loop, TurnId turn, Offered slot, Consumer<Boolean> returned);
    }

    private final int limit;
    private final Mailbox<?, ?> mailbox;
    private final Courier courier;
    private final Object lock = new Object();
    // Under the lock:
    private final TreeSet<Waiting> waiting = new TreeSet<>(Waiting.ORDER);
    private final Map<TurnId, Waiting> byTurn = new HashMap<>();
    private long numbers;
    private int held;

    TurnSlots(int limit, Mailbox<?, ?> mailbox, Courier courier) {
        this.limit = limit;
        this.mailbox = mailbox;
        this.courier = courier;
    }

    /** A slot that the mailbox gave for a new turn. */
    Slot of(Slot given, Sender sender) {
        synchronized (lock) {
            held++;
        }
        return new Held(given, sender);
    }

    /**
     * A slot for a turn that was acknowledged before. Null: none is free, and it will be brought to
     * the loop by {@link Command.Begin}, unless {@link #forget} is called.
     */
    @Nullable Slot ask(TurnHead head, int loop) {
        synchronized (lock) {
            if (held >= limit || next(null) != null || capped(head, null)) {
                join(new Waiting(head, loop, numbers++));
                return null;
            }
            held++;
        }
        return begun(head);
    }

    /**
     * The next turn of a conversation takes over the slot of the one before it, unless others have
     * waited longer, or its tenant holds more than it may: then that goes to others, and the answer
     * is as of {@link #ask}. Else who queues enough messages would never give a slot back.
     */
    @Nullable Slot handOn(Slot freed, TurnHead next, int loop) {
        synchronized (lock) {
            Sender leaver = Sender.of(next.conversation());
            if (next(leaver) == null && !capped(next, leaver)) return freed;
            join(new Waiting(next, loop, numbers++));
        }
        freed.release();
        return null;
    }

    /** It needs none any more. */
    void forget(TurnId turn) {
        synchronized (lock) {
            Waiting gone = byTurn.remove(turn);
            if (gone != null) waiting.remove(gone);
        }
    }

    /** How many more may be brought to wait. */
    int room() {
        synchronized (lock) {
            return Math.max(0, WAITING_MAX - waiting.size());
        }
    }

    /** How many wait. */
    int waiting() {
        synchronized (lock) {
            return waiting.size();
        }
    }

    private void join(Waiting one) {
        byTurn.put(one.head().id(), one);
        waiting.add(one);
    }

    private boolean capped(TurnHead head, @Nullable Sender leaver) {
        return mailbox.capped(Sender.of(head.conversation()), leaver);
    }

    /**
     * The first that may have a slot. Under the lock, as is what it asks for of each tenant once.
     *
     * @param leaver whose slot is about to come back; null: nobody's
     */
    private @Nullable Waiting next(@Nullable Sender leaver) {
        var asked = new HashSet<String>();
        for (Waiting one : waiting)
            if (asked.add(one.head().conversation().principal().tenant())
                    && !capped(one.head(), leaver)) return one;
        return null;
    }

    private @Nullable Waiting take(@Nullable Sender leaver) {
        synchronized (lock) {
            Waiting next = held < limit ? next(leaver) : null;
            if (next == null) return null;
            waiting.remove(next);
            byTurn.remove(next.head().id());
            held++;
            return next;
        }
    }

    private Held begun(TurnHead head) {
        Sender sender = Sender.of(head.conversation());
        return new Held(mailbox.begun(head.workClass(), sender), sender);
    }

    private void bring(Waiting to) {
        var offered = new Offered(begun(to.head()));
        courier.bring(
                to.loop(),
                to.head().id(),
                offered,
                unanswered -> {
                    Slot back = offered.take();
                    if (back == null) return;
                    if (unanswered) {
                        synchronized (lock) {
                            join(to); // where it was
                        }
                    }
                    back.release();
                });
    }

    /** One of them; when it comes back, who waits is first. */
    private final class Held implements Slot {
        private final Slot slot;
        private final Sender sender;
        private boolean back; // under the lock

        Held(Slot slot, Sender sender) {
            this.slot = slot;
            this.sender = sender;
        }

        @Override
        public void keep() {
            slot.keep();
        }

        @Override
        public void release() {
            boolean first;
            synchronized (lock) {
                first = !back;
                if (first) held--;
                back = true;
            }
            // Before the release, or somebody new would have it.
            Waiting next = first ? take(sender) : null;
            if (next != null) bring(next);
            slot.release();
            if (next == null) return;
            // Of those who were kept at their half some may have become free to go meanwhile.
            for (Waiting more = take(null); more != null; more = take(null)) bring(more);
        }
    }
}
