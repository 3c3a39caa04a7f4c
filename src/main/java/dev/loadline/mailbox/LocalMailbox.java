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
 * answers and timers outside it. An idle mailbox has no timer, a busy one a {@link Sweep} every 25
 * ms, however many letters pass.
 */
final class LocalMailbox<M, R> implements Mailbox<M, R>, MailboxCounters.Waiting {
    private static final Logger LOG = LoggerFactory.getLogger(Mailbox.class);

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
    private final Sweep sweep = new Sweep();

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
            case Door.Begin<Parcel<M, R>> begun -> new Offer.Accepted(0);
            case Door.Wait<Parcel<M, R>> waits -> new Offer.Accepted(waits.depth());
            case Door.Refuse<Parcel<M, R>> refused ->
                    new Offer.Refused(refused.reason(), refused.retryAfter());
            case Door.Expire<Parcel<M, R>> expired ->
                    new Offer.Refused(Refusal.LATE, Duration.ZERO);
        };
    }

    @Override
    public Future<Reply<R>> ask(Letter<M> letter) {
        Promise<Reply<R>> asker = Promise.promise();
        return switch (knock(new Parcel<>(letter, asker))) {
            case Door.Begin<Parcel<M, R>> begun -> asker.future();
            case Door.Wait<Parcel<M, R>> waits -> asker.future();
            case Door.Refuse<Parcel<M, R>> refused ->
                    Future.succeededFuture(
                            new Reply.Refused<>(refused.reason(), refused.retryAfter()));
            case Door.Expire<Parcel<M, R>> expired -> Future.succeededFuture(new Reply.Expired<>());
        };
    }

    @Override
    public Place<R> stand(Letter<M> letter) {
        Promise<Reply<R>> asker = Promise.promise();
        var place = new Stand(asker);
        switch (knock(new Parcel<>(letter, asker))) {
            case Door.Begin<Parcel<M, R>> begun -> {}
            case Door.Wait<Parcel<M, R>> waits -> place.entry = waits.entry();
            case Door.Refuse<Parcel<M, R>> refused ->
                    asker.complete(new Reply.Refused<>(refused.reason(), refused.retryAfter()));
            case Door.Expire<Parcel<M, R>> expired -> asker.complete(new Reply.Expired<>());
        }
        return place;
    }

    private final class Stand implements Place<R> {
        private final Promise<Reply<R>> asker;
        private @Nullable Entry<Parcel<M, R>> entry; // asker's thread only; null: never waited

        private Stand(Promise<Reply<R>> asker) {
            this.asker = asker;
        }

        @Override
        public Future<Reply<R>> reply() {
            return asker.future();
        }

        @Override
        public void leave() {
            Entry<Parcel<M, R>> left = entry;
            if (left == null) return;
            Line.Due<Parcel<M, R>> due = locked(() -> line.leave(left, clock.nanos()));
            begin(settle(due));
        }
    }

    /** Asks the door, and does what that brought about. */
    private Door<Parcel<M, R>> knock(Parcel<M, R> parcel) {
        Letter<M> letter = parcel.letter();
        Door<Parcel<M, R>> door;
        long next;
        lock.lock();
        try {
            long now = clock.nanos();
            door = line.offer(parcel, letter, parcel.asker() != null, now);
            next = sweep.toArm(line.needsSweep(), now);
        } finally {
            lock.unlock();
        }
        arm(next);
        begin(settle(door.due()));
        switch (door) {
            case Door.Begin<Parcel<M, R>> begins -> begin(List.of(begins.entry()));
            case Door.Wait<Parcel<M, R>> waits -> {}
            case Door.Refuse<Parcel<M, R>> refused ->
                    counters.refused(letter.workClass(), refused.reason().wire());
            case Door.Expire<Parcel<M, R>> expired ->
                    counters.refused(letter.workClass(), Refusals.EXPIRED);
        }
        return door;
    }

    // --- work

    /**
     * Begins these, and whoever gets a slot because one of them ended at once: a loop and no
     * recursion, or a long line before an immediate service would overflow the stack.
     */
    private void begin(List<Entry<Parcel<M, R>>> first) {
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
    private List<Entry<Parcel<M, R>>> ended(Entry<Parcel<M, R>> entry, Future<R> answer) {
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

    /** Tells those who waited in vain; returns who may begin. */
    private List<Entry<Parcel<M, R>>> settle(Line.Due<Parcel<M, R>> due) {
        for (var lost : due.givenUp()) {
            var entry = lost.entry();
            Refusal reason = lost.reason();
            counters.refused(entry.workClass, reason == null ? Refusals.EXPIRED : reason.wire());
            Promise<Reply<R>> asker = entry.item.asker();
            if (asker == null) continue;
            tell(
                    asker,
                    reason == null
                            ? new Reply.Expired<>()
                            : new Reply.Refused<>(reason, due.retryAfter()));
        }
        return due.begin();
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
        return new TakenSlot<>(this, locked(() -> line.begun(workClass, sender, clock.nanos())));
    }

    @Override
    public boolean capped(Sender taker, @Nullable Sender leaver) {
        return locked(() -> line.capped(taker, leaver, clock.nanos()));
    }

    @Override
    public void limit(int slots) {
        if (slots < 0) throw new IllegalArgumentException("slots must not be negative");
        begin(settle(locked(() -> line.limit(slots, clock.nanos()))));
    }

    private void keep(Slots.Held slot) {
        change(() -> line.slots().keep(slot));
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

    private void arm(long number) {
        if (number != 0) timers.after(Sweep.EVERY, () -> sweep(number));
    }

    private void sweep(long number) {
        Line.Due<Parcel<M, R>> due;
        long next;
        lock.lock();
        try {
            if (!sweep.came(number)) return;
            long now = clock.nanos();
            due = line.sweep(now);
            next = sweep.toArm(line.needsSweep(), now);
        } finally {
            lock.unlock();
        }
        arm(next);
        begin(settle(due));
    }

    // --- the rest

    @Override
    public void press(double level) {
        change(() -> line.press(level));
    }

    @Override
    public void drain() {
        change(line::drain);
    }

    @Override
    public MailboxReading reading() {
        return locked(() -> line.snapshot(clock.nanos())).finish(name, policy);
    }

    @Override
    public List<RefusedReading> refused() {
        return locked(() -> line.refusals().readings(name));
    }

    // --- for the meters

    @Override
    public int depth(WorkClass workClass) {
        return locked(() -> line.queues().size(workClass));
    }

    @Override
    public long oldestNanos(WorkClass workClass) {
        return locked(() -> line.queues().oldestNanos(workClass, clock.nanos()));
    }

    @Override
    public boolean overloaded(WorkClass workClass) {
        return locked(() -> line.queues().overloaded(workClass, clock.nanos()));
    }

    @Override
    public int inWork(WorkClass workClass) {
        return locked(() -> line.slots().taken(workClass));
    }

    private void change(Runnable work) {
        lock.lock();
        try {
            work.run();
        } finally {
            lock.unlock();
        }
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
