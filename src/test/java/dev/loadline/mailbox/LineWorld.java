package dev.loadline.mailbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Deadline;
import dev.loadline.core.WorkClass;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * A line at work in a world that knows every rule on its own, and holds each decision against it.
 * Sweeps come as a mailbox would arm them.
 */
final class LineWorld {
    record Job(int number, WorkClass workClass, Sender sender, Deadline deadline, Deadline patience)
            implements LineRules.Party {}

    static final class Work implements LineRules.Party {
        private final WorkClass workClass;
        private final Sender sender;
        private final Slots.Held slot;
        private @Nullable Entry<Job> entry; // null: answered, or begun work

        private Work(WorkClass workClass, Sender sender, Slots.Held slot) {
            this.workClass = workClass;
            this.sender = sender;
            this.slot = slot;
        }

        @Override
        public WorkClass workClass() {
            return workClass;
        }

        @Override
        public Sender sender() {
            return sender;
        }
    }

    private static final long SWEEP = Duration.ofMillis(25).toNanos();

    private final MailboxPolicy policy;
    private final Set<String> seen;
    private final Line<Job> line;
    private final LineRules rules;
    private final List<Job> open = new ArrayList<>(); // asked, not told
    private final Map<Job, Entry<Job>> entries = new HashMap<>();
    private long now = Long.MAX_VALUE - Duration.ofMillis(300).toNanos(); // wraps on the way
    private long sweepAt;
    private boolean armed;
    private int numbers;
    private double level;
    private boolean draining;
    private @Nullable Job coming;
    private boolean stepped; // in the overload that goes on
    private long stepAt;
    private long classesShed;

    LineWorld(MailboxPolicy policy, Set<String> seen) {
        this.policy = policy;
        this.seen = seen;
        this.line = new Line<>(policy);
        this.rules = new LineRules(policy);
    }

    List<Work> working() {
        return rules.working;
    }

    // --- what happens

    void come(WorkClass workClass, Sender sender, int deadlineMs) {
        var deadline = new Deadline(now + Duration.ofMillis(deadlineMs).toNanos());
        Duration wait = policy.wait(workClass);
        var patience =
                wait == null ? deadline : deadline.sooner(new Deadline(now + wait.toNanos()));
        var job = new Job(numbers++, workClass, sender, deadline, patience);
        Door<Job> door = line.offer(job, new Letter<>(job, workClass, deadline, sender), true, now);
        coming = job;
        carryOut(door.due(), false);
        coming = null;
        boolean judged =
                switch (door) {
                    case Door.Begin<Job> begin -> true;
                    case Door.Wait<Job> waits -> true;
                    case Door.Refuse<Job>(var reason, var retryAfter, var due) ->
                            reason != Refusal.SHARE && reason != Refusal.DRAINING;
                    case Door.Expire<Job> expired -> false;
                };
        rules.came(job, judged, now);
        switch (door) {
            case Door.Begin<Job> begin -> {
                open.add(job);
                begins(begin.entry());
            }
            case Door.Wait<Job> waits -> {
                assertThat(rules.idleFor(job, now))
                        .as("%s waits before an idle slot", job)
                        .isFalse();
                assertThat(rules.hasPlace(workClass)).as("a place for %s", job).isTrue();
                assertThat(draining && workClass != WorkClass.CONTROL).isFalse();
                assertThat(rules.shut(workClass, level)).as("let in under pressure").isFalse();
                open.add(job);
                rules.foundNone(job, true, now);
                rules.waiting.add(job);
                entries.put(job, waits.entry());
                assertThat(waits.depth()).isEqualTo(rules.waiting.size());
                if (rules.held(sender.tenant()) >= rules.half()) seen.add("over its half, waits");
            }
            case Door.Refuse<Job> refused -> refused(job, refused.reason());
            case Door.Expire<Job> expired -> assertThat(deadline.passed(now)).isTrue();
        }
        arm();
    }

    private void refused(Job job, Refusal reason) {
        WorkClass workClass = job.workClass();
        boolean shut = rules.shut(workClass, level);
        if (rules.idleFor(job, now))
            assertThat(draining || shut).as("refused before idle").isTrue();
        switch (reason) {
            case DRAINING -> assertThat(draining).isTrue();
            case FULL -> assertThat(rules.hasPlace(workClass)).isFalse();
            case LATE -> {
                boolean measured = line.slots().times().mean() > 0;
                assertThat(measured || job.patience().passed(now)).as("why late").isTrue();
                if (measured) seen.add("late by prediction");
            }
            case SHARE -> {
                boolean shed = overloadedAbove(workClass);
                boolean tenant = rules.anotherWants(job, now, true, 0);
                assertThat(shut || shed || tenant || !rules.hasPlace(workClass)).isTrue();
                if (tenant && !shut && !shed) seen.add("refused for its tenant");
                if (shut) seen.add("pressed");
            }
        }
        if (workClass == WorkClass.CONTROL && !job.patience().passed(now))
            assertThat(rules.hasPlace(workClass)).as("control is shed").isFalse();
        rules.foundNone(job, reason == Refusal.LATE || reason == Refusal.FULL, now);
    }

    void end(int which) {
        if (rules.working.isEmpty()) return;
        Work work = rules.working.get(which % rules.working.size());
        if (work.entry == null) {
            release(work);
            return;
        }
        Entry<Job> entry = work.entry;
        work.entry = null;
        rules.working.remove(work);
        Line.Ended<Job> ended = line.answered(entry, now);
        assertThat(ended.open()).isEqualTo(open.remove(entry.item));
        carryOut(ended.due(), false);
        arm();
    }

    /** It answers, but keeps its slot. */
    void keep(int which) {
        if (rules.working.isEmpty()) return;
        Work work = rules.working.get(which % rules.working.size());
        if (work.entry == null) return;
        line.slots().keep(work.slot);
        assertThat(line.answered(work.entry, now).open()).isEqualTo(open.remove(work.entry.item));
        work.entry = null;
    }

    private void release(Work work) {
        rules.working.remove(work);
        carryOut(Objects.requireNonNull(line.release(work.slot, now)), false);
        arm();
    }

    void begun(WorkClass workClass, Sender sender) {
        rules.working.add(new Work(workClass, sender, line.begun(workClass, sender, now)));
    }

    void press(double to) {
        level = to;
        line.press(to);
    }

    void limit(int slots) {
        rules.limit(slots);
        if (rules.closed() && !rules.waiting.isEmpty()) seen.add("closed before who waits");
        int waited = rules.waiting.size();
        carryOut(line.limit(slots, now), false);
        if (rules.waiting.size() < waited) seen.add("begun by a higher limit");
        arm();
    }

    /** Who leaves may have begun or been told already. */
    void leave(int which) {
        if (entries.isEmpty()) return;
        Job job = rules.waiting.isEmpty() ? null : rules.waiting.get(which % rules.waiting.size());
        Entry<Job> entry = job == null ? entries.values().iterator().next() : entries.get(job);
        if (job != null) {
            rules.waiting.remove(job);
            open.remove(job);
            seen.add("left");
        }
        carryOut(line.leave(entry, now), false);
        arm();
    }

    void drain() {
        draining = true;
        line.drain();
    }

    void pass(Duration time) {
        long end = now + time.toNanos();
        while (armed && sweepAt - end <= 0) {
            now = sweepAt;
            armed = false;
            boolean any = line.queues().anyOverloaded(now);
            Line.Due<Job> due = line.sweep(now);
            steps(any);
            carryOut(due, true);
            arm();
            check();
        }
        now = end;
    }

    private void arm() {
        if (armed || !line.needsSweep()) return;
        armed = true;
        sweepAt = now + SWEEP;
    }

    // --- what the line decides

    /**
     * @param swept who waited in vain was given up before anybody was begun, else in between
     */
    private void carryOut(Line.Due<Job> due, boolean swept) {
        if (swept) due.givenUp().forEach(lost -> givenUp(lost, true));
        due.begin().forEach(this::begins);
        if (!swept) due.givenUp().forEach(lost -> givenUp(lost, false));
    }

    private void givenUp(Line.GivenUp<Job> lost, boolean swept) {
        Job job = lost.entry().item;
        assertThat(open.remove(job)).as("told once: %s", job).isTrue();
        boolean waited = rules.waiting.remove(job);
        switch (lost.reason()) {
            case null -> {
                assertThat(job.deadline().passed(now)).as("expired too early").isTrue();
                seen.add("expired");
            }
            case LATE -> assertThat(waited && job.patience().passed(now)).isTrue();
            case SHARE -> shed(job);
            case FULL, DRAINING -> throw new AssertionError(job + " waited already");
        }
        if (waited) rules.foundNone(job, swept && lost.reason() != Refusal.SHARE, now);
    }

    private void shed(Job job) {
        if (coming != null && !coming.sender().tenant().equals(job.sender().tenant())) {
            assertThat(rules.crowds(job)).as("%s makes room for %s", job, coming).isTrue();
            seen.add("made room for another tenant");
            return;
        }
        WorkClass workClass = job.workClass();
        assertThat(overloadedAbove(workClass)).as("shed for nobody").isTrue();
        assertThat(rules.waiting)
                .as("shed before a lower one")
                .noneMatch(other -> lower(other, job));
        assertThat(line.shedding().includes(workClass)).as("its class's turn").isTrue();
        seen.add("shed");
    }

    /** One more class is shed from now on: an interval after the one before, in one overload. */
    private void steps(boolean anyOverloaded) {
        long shed = Arrays.stream(WorkClass.values()).filter(line.shedding()::includes).count();
        if (!anyOverloaded) stepped = false;
        if (shed > classesShed) {
            if (stepped) {
                assertThat(now - stepAt).isGreaterThanOrEqualTo(Overload.INTERVAL_NANOS);
                if (shed > 1) seen.add("shed one after another");
            }
            stepped = true;
            stepAt = now;
        }
        classesShed = shed;
    }

    private static boolean lower(Job other, Job job) {
        return other.workClass().compareTo(job.workClass()) > 0;
    }

    private boolean overloadedAbove(WorkClass workClass) {
        for (WorkClass above : WorkClass.values()) {
            if (above.compareTo(workClass) >= 0) return false;
            if (above != WorkClass.CONTROL && line.queues().overloaded(above, now)) return true;
        }
        return false;
    }

    private void begins(Entry<Job> entry) {
        Job job = entry.item;
        boolean overloaded = line.queues().overloaded(job.workClass(), now);
        if (rules.begins(job, overloaded && policy.shared(), now)) seen.add("newest first");
        rules.waiting.remove(job);
        var work = new Work(job.workClass(), job.sender(), entry.slot());
        work.entry = entry;
        line.handled(work.slot, now);
        rules.working.add(work);
    }

    // --- what holds at any time

    void check() {
        assertThat(line.depth()).isEqualTo(rules.waiting.size());
        assertThat(line.slots().taken()).isEqualTo(rules.working.size());
        assertThat(line.known()).isLessThanOrEqualTo(2 * (line.depth() + rules.working.size()));
        for (Job job : rules.waiting) {
            boolean idle = rules.free() && rules.mayTake(job, now, true, SWEEP);
            assertThat(idle && !job.patience().passed(now)).as("%s before idle", job).isFalse();
            assertThat(job.patience().leftNanos(now) + SWEEP).as("too long").isPositive();
        }
        for (Job job : open)
            assertThat(job.deadline().leftNanos(now) + SWEEP).as("told in time").isPositive();
    }

    void rest() {
        limit(Integer.MAX_VALUE);
        while (!rules.working.isEmpty()) {
            end(0);
            check();
        }
        pass(Duration.ofMillis(25));
        assertThat(rules.waiting).isEmpty();
        assertThat(open).isEmpty();
        assertThat(armed).as("a sweep at rest").isFalse();
        assertThat(line.known()).isZero();
        assertThat(line.slots().taken()).isZero();
    }
}
