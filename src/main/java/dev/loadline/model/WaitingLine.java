package dev.loadline.model;

import dev.loadline.core.Clock;
import dev.loadline.core.Timers;
import dev.loadline.guard.Guard;
import dev.loadline.guard.Reason;
import dev.loadline.guard.Verdict;
import dev.loadline.mailbox.Letter;
import dev.loadline.mailbox.Mailbox;
import dev.loadline.mailbox.MailboxPolicy;
import dev.loadline.mailbox.Reply;
import dev.loadline.telemetry.MailboxCounters;

import io.vertx.core.Future;
import io.vertx.core.Promise;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Where calls stand that a guard lets wait. A mailbox with as many slots as the guards have room:
 * none while the gate is closed. Whose turn it is keeps its slot until it has asked the guard, so
 * that no more ask than may go. Any thread; a {@link Place} is its call's loop's.
 */
final class WaitingLine {
    private static final Duration LOOK_MIN = Duration.ofMillis(250);
    private static final Duration LOOK_MAX = Duration.ofSeconds(5);
    private static final Duration HELD_MAX = Duration.ofSeconds(1);

    /** Who stands in line. */
    interface Waiter {
        /** It may ask the guard, and calls {@link Place#leave()} when it has. On its own loop. */
        void turnCame();

        /** Whether its guard would refuse it by now, so that it stands here for nothing. */
        boolean isInVain();

        /**
         * It has no place any more. On its own loop.
         *
         * @param full there was none for it; else the time that it had is over
         */
        void turnedAway(boolean full);
    }

    /** Who waits here holds no slot of its turn, so their number bounds nothing here. */
    private static final int WAITING_MAX = 4096;

    private final List<Guard> guards;
    private final Timers timers;
    private final Mailbox<Place, Void> mailbox;
    private final AtomicInteger standing = new AtomicInteger(); // in line or about to ask
    private final int slots;
    private volatile Reason last = Reason.LIMIT; // why who came last stands here

    /**
     * @param guards any of which may have room for who stands here
     */
    WaitingLine(
            String name, List<Guard> guards, Clock clock, Timers timers, MailboxCounters counters) {
        this.guards = List.copyOf(guards);
        this.timers = timers;
        this.slots =
                guards.stream().mapToInt(one -> one.policy().settings().ceiling()).max().orElse(1);
        this.mailbox =
                Mailbox.create(
                        name,
                        MailboxPolicy.byTurn(WAITING_MAX, slots),
                        clock,
                        timers,
                        (place, slot) -> place.came(),
                        counters);
    }

    Mailbox<?, ?> mailbox() {
        return mailbox;
    }

    /** Somebody stands here, so that who comes stands behind. */
    boolean busy() {
        return standing.get() > 0;
    }

    /** For one that comes while others stand here, although there is room: for them. */
    Verdict.Wait behind() {
        return new Verdict.Wait(LOOK_MIN, last);
    }

    /** The guards have room that they had not, or have less. */
    void look() {
        if (!busy()) return;
        int room = 0;
        for (Guard guard : guards) room = Math.max(room, guard.room());
        mailbox.limit(Math.min(room, slots));
    }

    /**
     * @param letter its deadline is until when it may stand here
     * @param loop where the waiter lives
     */
    Place stand(Letter<?> letter, Verdict.Wait why, Waiter waiter, Executor loop) {
        last = why.reason();
        var place = new Place(waiter, loop);
        standing.incrementAndGet();
        look();
        place.enter(letter, why.time());
        return place;
    }

    /** A call's place. */
    final class Place {
        private final Waiter waiter;
        private final Executor loop;
        private final Promise<Void> asked = Promise.promise(); // its slot comes back with it
        private Mailbox.@Nullable Place<Void> inLine;
        private Timers.@Nullable Timer timer;
        private boolean came;
        private boolean left;
        private boolean done;

        private Place(Waiter waiter, Executor loop) {
            this.waiter = waiter;
            this.loop = loop;
        }

        /** Whatever a guard forgets to tell: one that stands here looks for itself. */
        private void enter(Letter<?> letter, Duration time) {
            Duration every = time.compareTo(LOOK_MIN) < 0 ? LOOK_MIN : time;
            if (every.compareTo(LOOK_MAX) > 0) every = LOOK_MAX;
            timer = timers.every(every, this::lookForItself);
            inLine =
                    mailbox.stand(
                            new Letter<>(
                                    this, letter.workClass(), letter.deadline(), letter.sender()));
            inLine.reply().onSuccess(reply -> loop.execute(() -> answered(reply)));
        }

        private void lookForItself() {
            look();
            loop.execute(this::leaveIfInVain);
        }

        private void leaveIfInVain() {
            if (left || came || !waiter.isInVain()) return;
            leave();
            waiter.turnedAway(false);
        }

        /** On the thread that made room. */
        private Future<Void> came() {
            loop.execute(this::turnCame);
            return asked.future();
        }

        private void turnCame() {
            if (left) return;
            came = true;
            stopTimer();
            timer = timers.after(HELD_MAX, this::giveBack);
            waiter.turnCame();
        }

        private void answered(Reply<Void> reply) {
            if (left || came || reply instanceof Reply.Answer) return;
            leave();
            waiter.turnedAway(!(reply instanceof Reply.Expired));
        }

        /** It has asked, or wants to no more. A second time does nothing. */
        void leave() {
            left = true;
            stopTimer();
            if (inLine != null) inLine.leave();
            giveBack();
        }

        /** Its slot was given to another before it asked. */
        boolean lapsed() {
            return done;
        }

        private void stopTimer() {
            if (timer != null) timer.cancel();
        }

        private void giveBack() {
            if (done) return;
            done = true;
            look(); // before the slot is another's: there may be less room than slots
            standing.decrementAndGet();
            asked.complete();
        }
    }
}
