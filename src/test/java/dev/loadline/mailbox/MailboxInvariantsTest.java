package dev.loadline.mailbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Deadline;
import dev.loadline.core.ManualTime;
import dev.loadline.core.WorkClass;
import dev.loadline.telemetry.MailboxCounters;

import io.vertx.core.Future;
import io.vertx.core.Promise;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Goal: whatever happens in whatever order, the bounds hold, each ask is answered by its deadline,
 * a conversation is served first in, first out, and at rest no slot is taken and no timer runs.
 * Method: random runs of asks, endings, keepings, releases, begun work and time, checked after
 * every step.
 */
class MailboxInvariantsTest {
    private static final Duration SWEEP = Duration.ofMillis(25);

    sealed interface Act {
        record Ask(
                WorkClass workClass, Sender sender, int deadlineMs, boolean keeps, boolean atOnce)
                implements Act {}

        record Leave(WorkClass workClass, Sender sender) implements Act {}

        record End(int which) implements Act {}

        record Release(int which) implements Act {}

        record Begun() implements Act {}

        record Pass(int ms) implements Act {}
    }

    private record Job(
            int number, WorkClass workClass, Sender sender, boolean keeps, boolean atOnce) {}

    private record Asked(Future<Reply<String>> reply, Deadline deadline) {}

    @Property(tries = 500)
    void invariants_hold(
            @ForAll("acts") List<Act> acts,
            @ForAll("capacity") int capacity,
            @ForAll("concurrency") int concurrency) {
        new Run(capacity, concurrency).all(acts);
    }

    @Provide
    Arbitrary<Integer> capacity() {
        return Arbitraries.integers().between(0, 8);
    }

    @Provide
    Arbitrary<Integer> concurrency() {
        return Arbitraries.integers().between(1, 3);
    }

    @Provide
    Arbitrary<List<Act>> acts() {
        Arbitrary<WorkClass> classes = Arbitraries.of(WorkClass.class);
        Arbitrary<Sender> senders =
                Arbitraries.integers()
                        .between(0, 7)
                        .map(n -> new Sender("t" + n / 4, "u" + n / 2, "line" + n));
        Arbitrary<Boolean> seldom = Arbitraries.integers().between(0, 4).map(n -> n == 0);
        Arbitrary<Act> ask =
                Combinators.combine(
                                classes,
                                senders,
                                Arbitraries.integers().between(0, 300),
                                seldom,
                                seldom)
                        .as(Act.Ask::new);
        Arbitrary<Integer> which = Arbitraries.integers().between(0, 10);
        return Arbitraries.oneOf(
                        ask,
                        ask,
                        Combinators.combine(classes, senders).as(Act.Leave::new),
                        which.map(Act.End::new),
                        which.map(Act.Release::new),
                        Arbitraries.just(new Act.Begun()),
                        Arbitraries.integers().between(1, 60).map(Act.Pass::new))
                .list()
                .ofMaxSize(80);
    }

    /** One random run, from its beginning to rest. */
    private static final class Run {
        private final ManualTime time = new ManualTime();
        private final List<Promise<String>> atWork = new ArrayList<>();
        private final List<Slot> held = new ArrayList<>();
        private final List<Asked> asked = new ArrayList<>();
        private final Map<String, Integer> lastBegun = new HashMap<>(); // by line and class
        private int extra; // slots of begun work

        private final List<String> wrong = new ArrayList<>(); // thrown, it would only break a reply
        private final Mailbox<Job, String> box;
        private final int concurrency;

        Run(int capacity, int concurrency) {
            this.concurrency = concurrency;
            var waits =
                    Map.of(
                            WorkClass.INTERACTIVE,
                            Duration.ofMillis(80),
                            WorkClass.WEBHOOK,
                            Duration.ZERO);
            box =
                    Mailbox.create(
                            "test",
                            new MailboxPolicy(capacity, concurrency, waits),
                            time,
                            time,
                            this::handle,
                            MailboxCounters.NONE);
        }

        void all(List<Act> acts) {
            int number = 0;
            for (Act act : acts) {
                carryOut(act, number++);
                check();
            }
            while (!atWork.isEmpty()) carryOut(new Act.End(0), 0);
            while (!held.isEmpty()) carryOut(new Act.Release(0), 0);
            while (!atWork.isEmpty() || !held.isEmpty()) {
                if (atWork.isEmpty()) carryOut(new Act.Release(0), 0);
                else carryOut(new Act.End(0), 0);
            }
            time.advance(SWEEP);
            assertThat(box.reading().inWork()).as("slots at rest").isZero();
            assertThat(box.reading().depth()).as("depth at rest").isZero();
            assertThat(asked).as("answers").allMatch(ask -> ask.reply.succeeded());
            assertThat(time.pending()).as("timers at rest").isZero();
        }

        private Future<String> handle(Job job, Slot slot) {
            Integer before = lastBegun.put(job.sender.line() + job.workClass, job.number);
            if (before != null && before > job.number)
                wrong.add(job + " was begun after " + before);
            if (job.keeps) {
                slot.keep();
                held.add(slot);
            }
            if (job.atOnce) return Future.succeededFuture("done");
            Promise<String> answer = Promise.promise();
            atWork.add(answer);
            return answer.future();
        }

        private void carryOut(Act act, int number) {
            switch (act) {
                case Act.Ask(var workClass, var sender, int ms, boolean keeps, boolean atOnce) -> {
                    var deadline = Deadline.after(time, Duration.ofMillis(ms));
                    var job = new Job(number, workClass, sender, keeps, atOnce);
                    var letter = new Letter<>(job, workClass, deadline, sender);
                    asked.add(new Asked(box.ask(letter), deadline));
                }
                case Act.Leave(var workClass, var sender) -> {
                    var deadline = Deadline.after(time, Duration.ofSeconds(1));
                    var job = new Job(number, workClass, sender, false, false);
                    Offer offer = box.offer(new Letter<>(job, workClass, deadline, sender));
                    if (offer instanceof Offer.Accepted(int depth))
                        assertThat(depth).isLessThanOrEqualTo(box.reading().capacity());
                }
                case Act.End(int which) -> {
                    if (!atWork.isEmpty()) atWork.remove(which % atWork.size()).complete("done");
                }
                case Act.Release(int which) -> {
                    if (!held.isEmpty()) held.remove(which % held.size()).release();
                }
                case Act.Begun() -> {
                    held.add(box.begun(WorkClass.INTERACTIVE, Sender.NODE));
                    extra++;
                }
                case Act.Pass(int ms) -> time.advance(Duration.ofMillis(ms));
            }
        }

        private void check() {
            assertThat(wrong).isEmpty();
            MailboxReading now = box.reading();
            assertThat(now.depth()).isLessThanOrEqualTo(now.capacity());
            assertThat(now.inWork()).isLessThanOrEqualTo(concurrency + extra);
            long nanos = time.nanos();
            for (Asked ask : asked) {
                boolean overdue = ask.deadline.leftNanos(nanos) + SWEEP.toNanos() < 0;
                assertThat(ask.reply.isComplete() || !overdue)
                        .as("answered by its deadline")
                        .isTrue();
            }
        }
    }
}
