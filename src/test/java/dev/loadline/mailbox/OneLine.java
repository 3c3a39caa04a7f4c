package dev.loadline.mailbox;

import static dev.loadline.core.WorkClass.INTERACTIVE;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Deadline;
import dev.loadline.core.WorkClass;

import org.junit.jupiter.api.BeforeEach;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A line by hand: a few letters, and time as a number; a letter is named by its sender, {@code
 * tenant/user/line}.
 */
abstract class OneLine {
    static final long MS = 1_000_000;

    Line<String> line = door(4);
    final List<Entry<String>> working = new ArrayList<>();
    final List<String> lost = new ArrayList<>();
    long now = Long.MAX_VALUE - 50 * MS;

    static Line<String> door(int concurrency) {
        return new Line<>(MailboxPolicy.admission(20, concurrency, Duration.ofMillis(250)));
    }

    @BeforeEach
    void nothing_is_measured() {
        assertThat(line.slots().times().mean()).isZero();
    }

    Entry<String> waiting(String name) {
        waits(name);
        return line.queues().all(INTERACTIVE).getLast();
    }

    /** Lets one piece of work take so long. */
    void serve(long ms) {
        Slots.Held slot = line.begun(INTERACTIVE, Sender.NODE, now);
        pass(ms);
        line.release(slot, now);
    }

    void begins(String name) {
        assertThat(come(INTERACTIVE, name, 60_000)).as(name).isEqualTo("begins");
    }

    void waits(String name) {
        assertThat(come(INTERACTIVE, name, 60_000)).as(name).isEqualTo("waits");
    }

    String come(WorkClass workClass, String name, long deadlineMs) {
        String[] parts = name.split("/", 3);
        var sender = new Sender(parts[0], parts[1], parts[2]);
        var deadline = new Deadline(now + deadlineMs * MS);
        Door<String> door =
                line.offer(name, new Letter<>(name, workClass, deadline, sender), true, now);
        carryOut(door.due());
        return switch (door) {
            case Door.Begin<String> begin -> {
                began(begin.entry());
                yield "begins";
            }
            case Door.Wait<String> waits -> "waits";
            case Door.Refuse<String> refused -> refused.reason().wire();
            case Door.Expire<String> expired -> "expired";
        };
    }

    List<String> end(String name) {
        Entry<String> entry =
                working.stream().filter(one -> one.item.equals(name)).findFirst().orElseThrow();
        working.remove(entry);
        return carryOut(line.answered(entry, now).due());
    }

    List<String> release(Slots.Held slot) {
        return carryOut(Objects.requireNonNull(line.release(slot, now)));
    }

    List<String> sweep() {
        return carryOut(line.sweep(now));
    }

    void pass(long ms) {
        now += ms * MS;
    }

    List<String> carryOut(Line.Due<String> due) {
        due.begin().forEach(this::began);
        for (var one : due.givenUp()) {
            Refusal reason = one.reason();
            lost.add((reason == null ? "expired" : reason.wire()) + " " + one.entry().item);
        }
        return due.begin().stream().map(entry -> entry.item).toList();
    }

    private void began(Entry<String> entry) {
        line.handled(Objects.requireNonNull(entry.slot()), now);
        working.add(entry);
    }
}
