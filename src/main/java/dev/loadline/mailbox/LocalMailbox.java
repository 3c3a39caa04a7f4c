package dev.loadline.mailbox;

import dev.loadline.core.Clock;
import dev.loadline.core.Timers;
import dev.loadline.core.WorkClass;
import dev.loadline.telemetry.MailboxCounters;

import io.vertx.core.Future;
import io.vertx.core.Promise;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Carries out what its {@link Line} decides: a short lock around each decision; the service,
 * answers and timers outside it.
 *
 * <p>One sweep timer, armed while someone waits and never cancelled: an idle mailbox has none, a
 * busy one has one every 25 ms, however many letters pass.
 */
final class LocalMailbox<M, R> implements Mailbox<M, R>, MailboxCounters.Waiting {
    private static final Logger LOG = LoggerFactory.getLogger(Mailbox.class);
    private static final Duration SWEEP = Duration.ofMillis(25);

    /** A sweep this overdue is lost: the verticle on whose loop it was armed went away. */
    private static final Duration SWEEP_LOST = Duration.ofSeconds(1);

    /** A letter and who waits for its answer, if anybody does. */
    private record Parcel<M, R>(Letter<M> letter, @Nullable Promise<Reply<R>> asker) {}

    private final String name;
    private final MailboxPolicy policy;
    private final Clock clock;
    private final Timers timers;
    private final Service<M, R> service;
    private final MailboxCounters counters;

    private final ReentrantLock lock = new ReentrantLock();
    // Under the lock:
    private final Line<Parcel<M, R>> line;
    private boolean sweepArmed;
    private long sweepNumber;
    private long sweepDueNanos;

    LocalMailbox(
            String name,
            MailboxPolicy policy,
            Clock clock,
            Timers timers,
            Service<M, R> service,
            MailboxCounters counters) {
        this.name = name;
        this.policy = policy;
        this.clock = clock;
        this.timers = timers;
        this.service = service;
        this.counters = counters;
        this.line = new Line<>(policy);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Offer offer(Letter<M> letter) {
        return switch (knock(new Parcel<>(letter, null))) {
            case Line.Door.Begin(var entry) -> {
                begin(List.of(entry));
                yield new Offer.Accepted(0);
            }
            case Line.Door.Wait(int depth) -> new Offer.Accepted(depth);
            case Line.Door.Refuse(var reason, var retryAfter) ->
                    new Offer.Refused(reason, retryAfter);
            case Line.Door.Expire<Parcel<M, R>> expired ->
                    new Offer.Refused(Refusal.LATE, Duration.ZERO);
        };
    }

    @Override
    public Future<Reply<R>> ask(Letter<M> letter) {
        Promise<Reply<R>> asker = Promise.promise();
        return switch (knock(new Parcel<>(letter, asker))) {
            case Line.Door.Begin(var entry) -> {
                begin(List.of(entry));
                yield asker.future();
            }
            case Line.Door.Wait<Parcel<M, R>> waits -> asker.future();
            case Line.Door.Refuse(var reason, var retryAfter) ->
                    Future.succeededFuture(new Reply.Refused<>(reason, retryAfter));
            case Line.Door.Expire<Parcel<M, R>> expired ->
                    Future.succeededFuture(new Reply.Expired<>());
        };
    }

    private Line.Door<Parcel<M, R>> knock(Parcel<M, R> parcel) {
        Letter<M> letter = parcel.letter();
        boolean asked = parcel.asker() != null;
        Line.Door<Parcel<M, R>> door;
        long sweep;
        lock.lock();
        try {
            long now = clock.nanos();
            door = line.offer(parcel, letter.workClass(), letter.deadline(), asked, now);
            sweep = sweepToArm(now);
        } finally {
            lock.unlock();
        }
        arm(sweep);
        switch (door) {
            case Line.Door.Begin<Parcel<M, R>> begins -> {}
            case Line.Door.Wait<Parcel<M, R>> waits -> {}
            case Line.Door.Refuse(var reason, var retryAfter) ->
                    counters.refused(letter.workClass(), reason.wire());
            case Line.Door.Expire<Parcel<M, R>> expired ->
                    counters.refused(letter.workClass(), Line.EXPIRED);
        }
        return door;
    }

    // --- work

    /**
     * Begins these, and whoever gets a slot because one of them ended at once: a loop and no
     * recursion, or a long line before an immediate service would overflow the stack.
     */
    private void begin(List<Line.Entry<Parcel<M, R>>> first) {
        var todo = new ArrayDeque<>(first);
        for (var next = todo.poll(); next != null; next = todo.poll()) {
            var entry = next;
            counters.waited(entry.workClass, entry.waitedNanos());
            Future<R> answer =
                    handle(entry.item.letter().body(), new TakenSlot<>(this, entry.slot()));
            todo.addAll(settle(locked(() -> line.handled(entry.slot(), clock.nanos()))));
            if (answer.isComplete()) todo.addAll(ended(entry, answer));
            else answer.onComplete(any -> begin(ended(entry, answer)));
        }
    }

    private Future<R> handle(M message, Slot slot) {
        try {
            return service.handle(message, slot);
        } catch (RuntimeException | Error bug) {
            return Future.failedFuture(bug);
        }
    }

    /** Tells the asker; returns who may begin. */
    private List<Line.Entry<Parcel<M, R>>> ended(Line.Entry<Parcel<M, R>> entry, Future<R> answer) {
        var ended = locked(() -> line.answered(entry, clock.nanos()));
        Promise<Reply<R>> asker = entry.item.asker();
        if (asker != null && ended.open()) {
            tell(
                    asker,
                    answer.succeeded()
                            ? new Reply.Answer<>(answer.result())
                            : new Reply.Broken<>(answer.cause()));
        } else {
            if (asker != null) counters.lateResult();
            if (answer.failed())
                LOG.warn("{}: work that nobody waits for failed", name, answer.cause());
        }
        return settle(ended.due());
    }

    /** Tells those who waited too long; returns who may begin. */
    private List<Line.Entry<Parcel<M, R>>> settle(Line.Due<Parcel<M, R>> due) {
        for (var entry : due.late())
            giveUp(entry, Refusal.LATE.wire(), new Reply.Refused<>(Refusal.LATE, due.retryAfter()));
        for (var entry : due.expired()) giveUp(entry, Line.EXPIRED, new Reply.Expired<>());
        return due.begin();
    }

    private void giveUp(Line.Entry<Parcel<M, R>> entry, String reason, Reply<R> reply) {
        counters.refused(entry.workClass, reason);
        if (!entry.begun()) counters.waited(entry.workClass, entry.waitedNanos());
        Promise<Reply<R>> asker = entry.item.asker();
        if (asker != null) tell(asker, reply);
    }

    /** An asker that throws must not stop those behind it. */
    private void tell(Promise<Reply<R>> asker, Reply<R> reply) {
        try {
            asker.complete(reply);
        } catch (RuntimeException bug) {
            LOG.error("{}: an asker failed on its answer", name, bug);
        }
    }

    // --- slots

    private record TakenSlot<M, R>(LocalMailbox<M, R> mailbox, Slots.Held held) implements Slot {
        @Override
        public void keep() {
            mailbox.keep(held);
        }

        @Override
        public void release() {
            mailbox.release(held);
        }
    }

    @Override
    public Slot begun(WorkClass workClass, Sender sender) {
        return new TakenSlot<>(this, locked(() -> line.slots().forBegun(clock.nanos())));
    }

    private void keep(Slots.Held slot) {
        lock.lock();
        try {
            line.slots().keep(slot);
        } finally {
            lock.unlock();
        }
    }

    private void release(Slots.Held slot) {
        Line.Due<Parcel<M, R>> due;
        lock.lock();
        try {
            due = line.release(slot, clock.nanos());
        } finally {
            lock.unlock();
        }
        if (due == null) counters.releasedTwice();
        else begin(settle(due));
    }

    // --- time

    /** Under the lock: the number of a sweep to arm; 0: none is needed, or one is armed. */
    private long sweepToArm(long now) {
        boolean coming = sweepArmed && now - sweepDueNanos < SWEEP_LOST.toNanos();
        if (coming || !line.needsSweep()) return 0;
        sweepArmed = true;
        sweepDueNanos = now + SWEEP.toNanos();
        return ++sweepNumber;
    }

    private void arm(long sweep) {
        if (sweep != 0) timers.after(SWEEP, () -> sweep(sweep));
    }

    private void sweep(long number) {
        Line.Due<Parcel<M, R>> due;
        long next;
        lock.lock();
        try {
            if (number != sweepNumber) return; // another has taken its place
            sweepArmed = false;
            long now = clock.nanos();
            due = line.sweep(now);
            next = sweepToArm(now);
        } finally {
            lock.unlock();
        }
        arm(next);
        begin(settle(due));
    }

    // --- the rest

    @Override
    public void press(double level) {}

    @Override
    public void drain() {
        lock.lock();
        try {
            line.drain();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public MailboxReading reading() {
        return locked(() -> line.snapshot(clock.nanos())).finish(name, policy);
    }

    @Override
    public int depth(WorkClass workClass) {
        return locked(() -> line.depth(workClass));
    }

    @Override
    public long oldestNanos(WorkClass workClass) {
        return locked(() -> line.oldestNanos(workClass, clock.nanos()));
    }

    @Override
    public List<RefusedReading> refused() {
        return locked(() -> line.refused(name));
    }

    private <T> T locked(Supplier<T> work) {
        lock.lock();
        try {
            return work.get();
        } finally {
            lock.unlock();
        }
    }
}
