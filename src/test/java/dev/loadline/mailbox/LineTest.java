package dev.loadline.mailbox;

import static dev.loadline.core.WorkClass.BACKGROUND;
import static dev.loadline.core.WorkClass.CONTROL;
import static dev.loadline.core.WorkClass.INTERACTIVE;
import static dev.loadline.core.WorkClass.SCHEDULED;
import static dev.loadline.core.WorkClass.WEBHOOK;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Deadline;
import dev.loadline.core.WorkClass;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Goal: each rule of the line, by itself. Method: a few letters, and time as a number; a letter is
 * named by its sender, {@code tenant/user/line}.
 */
class LineTest {
    private static final long MS = 1_000_000;

    private Line<String> line = door(4);
    private final List<Entry<String>> working = new ArrayList<>();
    private final List<String> lost = new ArrayList<>();
    private long now = Long.MAX_VALUE - 50 * MS;

    private static Line<String> door(int concurrency) {
        return new Line<>(MailboxPolicy.admission(20, concurrency, Duration.ofMillis(250)));
    }

    @BeforeEach
    void nothing_is_measured() {
        assertThat(line.slots().times().mean()).isZero();
    }

    @Test
    void what_is_predicted_to_wait_too_long_is_late_at_the_door() {
        serve(100); // so long does it take; with four slots every 25 ms one is free
        for (int i = 0; i < 4; i++) begins("a/u/" + i);
        for (int i = 0; i < 10; i++) waits("a/u/l" + i); // the tenth waits for 250 ms
        assertThat(come(INTERACTIVE, "a/u/x", 60_000)).isEqualTo("late");
        assertThat(come(CONTROL, "a/u/c", 1)).as("control is not judged").isEqualTo("waits");
    }

    @Test
    void the_remaining_deadline_is_a_bound_and_so_is_what_its_class_may_hold() {
        serve(100);
        for (int i = 0; i < 4; i++) begins("a/u/" + i);
        assertThat(come(INTERACTIVE, "a/u/x", 24)).isEqualTo("late");
        assertThat(come(INTERACTIVE, "a/u/x", 25)).isEqualTo("waits");
        // One slot is for the background: 100 ms each, and not 25.
        assertThat(come(BACKGROUND, "a/u/b", 99)).isEqualTo("late");
        assertThat(come(BACKGROUND, "a/u/b", 100)).isEqualTo("waits");
    }

    @Test
    void with_nothing_measured_nobody_is_refused_by_a_guess() {
        for (int i = 0; i < 4; i++) begins("a/u/" + i);
        for (int i = 0; i < 19; i++) waits("a/u/" + i);
        assertThat(come(INTERACTIVE, "a/u/x", 1)).isEqualTo("waits");
        assertThat(come(INTERACTIVE, "a/u/x", 1)).isEqualTo("full");
    }

    @Test
    void only_what_is_served_before_counts_as_before() {
        line = door(2);
        serve(100);
        begins("a/u/1");
        begins("a/u/2");
        for (int i = 0; i < 5; i++) waits("a/u/l" + i);
        assertThat(come(INTERACTIVE, "a/u/x", 60_000)).isEqualTo("late");
        assertThat(come(INTERACTIVE, "b/u/x", 50)).as("it is next").isEqualTo("waits");
        assertThat(come(WEBHOOK, "c/u/x", 349)).as("all go before it").isEqualTo("late");
    }

    @Test
    void a_tenant_holds_half_while_another_waits_and_all_when_alone_for_ten_seconds() {
        for (int i = 0; i < 4; i++) begins("a/u/" + i);
        assertThat(come(SCHEDULED, "a/u/x", 60_000)).isEqualTo("waits");
        waits("b/u/1");
        waits("b/u/2");
        waits("b/u/3");
        assertThat(end("a/u/0")).containsExactly("b/u/1");
        assertThat(end("a/u/1")).containsExactly("b/u/2");
        assertThat(end("b/u/1")).containsExactly("b/u/3");
        assertThat(end("b/u/2")).as("the next of b would have to wait").isEmpty();
        pass(9_950);
        begins("b/u/4");
        end("b/u/4");
        pass(9_950);
        assertThat(sweep()).as("b came again").isEmpty();
        pass(60);
        assertThat(sweep()).containsExactly("a/u/x");
    }

    @Test
    void a_queue_that_one_tenant_fills_has_a_place_for_another() {
        for (int i = 0; i < 4; i++) begins("a/u/" + i);
        int places = 0;
        while (come(INTERACTIVE, "a/u/w" + places, 60_000).equals("waits")) places++;
        assertThat(come(INTERACTIVE, "a/v/x", 60_000)).isEqualTo("full");
        assertThat(lost).isEmpty();
        assertThat(come(INTERACTIVE, "b/u/1", 60_000)).isEqualTo("waits");
        assertThat(lost).as("the newest makes room").containsExactly("share a/u/w19");
        assertThat(end("a/u/0")).containsExactly("b/u/1");
    }

    @Test
    void a_tenant_with_no_more_than_half_of_the_places_makes_no_room() {
        for (int i = 0; i < 4; i++) begins("a/u/" + i);
        for (int i = 0; i < 10; i++) {
            waits("a/u/w" + i);
            waits("b/u/w" + i);
        }
        assertThat(come(INTERACTIVE, "c/u/1", 60_000)).isEqualTo("full");
        assertThat(lost).isEmpty();
    }

    @Test
    void control_makes_no_room_at_the_cost_of_control() {
        for (int i = 0; i < 4; i++) begins("a/u/" + i);
        while (come(CONTROL, "a/u/c", 60_000).equals("waits")) assertThat(lost).isEmpty();
        assertThat(come(CONTROL, "b/u/c", 60_000)).isEqualTo("full");
        assertThat(lost).isEmpty();
    }

    @Test
    void what_was_refused_for_want_of_a_slot_keeps_its_half_free_for_ten_seconds() {
        serve(3000);
        for (int i = 0; i < 4; i++) begins("a/u/" + i);
        assertThat(come(INTERACTIVE, "b/u/1", 60_000)).isEqualTo("late");
        assertThat(end("a/u/0")).isEmpty();
        assertThat(end("a/u/1")).isEmpty();
        assertThat(come(INTERACTIVE, "a/u/x", 60_000))
                .as("its own half would serve it too late")
                .isEqualTo("share");
        assertThat(come(SCHEDULED, "a/u/patient", 60_000)).isEqualTo("waits");
        pass(9_950);
        assertThat(sweep()).isEmpty();
        pass(60);
        assertThat(sweep()).as("by time alone").containsExactly("a/u/patient");
        begins("a/u/y");
    }

    @Test
    void what_its_own_share_refused_keeps_nothing_from_others() {
        serve(1000);
        begins("a/u/1");
        begins("a/u/2");
        begins("b/u/1");
        begins("b/u/2");
        waits("a/u/w");
        assertThat(come(INTERACTIVE, "b/u/x", 60_000)).isEqualTo("share");
        assertThat(end("a/u/1")).containsExactly("a/u/w");
        end("b/u/1");
        end("b/u/2");
        begins("a/u/3");
        begins("a/u/4");
    }

    @Test
    void one_that_waits_for_the_share_of_its_class_keeps_nothing_from_others() {
        assertThat(come(BACKGROUND, "b/u/1", 60_000)).isEqualTo("begins");
        assertThat(come(BACKGROUND, "b/u/2", 60_000)).isEqualTo("waits");
        for (int i = 0; i < 3; i++) begins("a/u/" + i);
        waits("a/u/x");
        assertThat(end("b/u/1")).as("now it could be its").containsExactly("b/u/2");
        assertThat(end("a/u/0")).containsExactly("a/u/x");
    }

    @Test
    void a_tenant_takes_half_of_the_places_while_another_wants_a_slot() {
        for (int i = 0; i < 4; i++) begins("a/u/" + i);
        for (int i = 0; i < 10; i++) waits("a/u/" + i);
        waits("b/u/1");
        assertThat(come(INTERACTIVE, "a/u/x", 60_000)).isEqualTo("share");
        waits("b/u/2");
    }

    @Test
    void lower_classes_leave_slots_for_those_above() {
        line = door(8);
        for (int i = 0; i < 2; i++) assertThat(come(BACKGROUND, "a/u/b", 99)).isEqualTo("begins");
        assertThat(come(BACKGROUND, "a/u/b", 99)).isEqualTo("waits");
        for (int i = 0; i < 4; i++) assertThat(come(WEBHOOK, "a/u/w", 99)).isEqualTo("begins");
        assertThat(come(WEBHOOK, "a/u/w", 99)).isEqualTo("waits");
        begins("a/u/1");
        begins("a/u/2");
        waits("a/u/3");
    }

    @Test
    void begun_work_counts_for_its_class_and_its_tenant() {
        var sender = new Sender("a", "u", "l");
        var held = new ArrayList<Slots.Held>();
        for (int i = 0; i < 4; i++) held.add(line.begun(BACKGROUND, sender, now));
        assertThat(come(BACKGROUND, "b/u/1", 60_000)).isEqualTo("waits");
        waits("a/u/1");
        waits("b/u/2");
        assertThat(release(held.removeLast())).as("a has its half").containsExactly("b/u/2");
        waits("b/u/3");
        assertThat(release(held.removeLast())).containsExactly("b/u/3");
        assertThat(release(held.removeLast())).containsExactly("a/u/1");
        assertThat(release(held.removeLast())).as("b has its half").isEmpty();
        pass(10_010);
        assertThat(sweep()).containsExactly("b/u/1");
    }

    @Test
    void an_overloaded_class_is_served_newest_first_but_a_conversation_in_order() {
        line = new Line<>(MailboxPolicy.admission(20, 1, Duration.ofSeconds(1)));
        begins("a/u/0");
        waits("a/u/old");
        waits("a/u/new");
        waits("a/u/old");
        waits("a/v/other");
        pass(99);
        assertThat(end("a/u/0")).as("not overloaded yet").containsExactly("a/u/old");
        pass(1);
        assertThat(end("a/u/old")).as("another user's turn").containsExactly("a/v/other");
        waits("a/w/late");
        assertThat(end("a/v/other")).as("the newest").containsExactly("a/w/late");
        assertThat(end("a/w/late")).as("its head came last").containsExactly("a/u/old");
        assertThat(end("a/u/old")).containsExactly("a/u/new");
    }

    @Test
    void the_lowest_class_is_shed_for_one_that_is_overloaded_and_then_the_next() {
        line = new Line<>(MailboxPolicy.admission(20, 1, Duration.ofSeconds(1)));
        begins("a/u/0");
        waits("a/u/1");
        assertThat(come(WEBHOOK, "a/u/w", 60_000)).isEqualTo("waits");
        assertThat(come(BACKGROUND, "a/u/b", 60_000)).isEqualTo("waits");
        pass(99);
        sweep();
        assertThat(lost).isEmpty();
        pass(1);
        sweep();
        assertThat(lost).containsExactly("share a/u/b");
        assertThat(come(BACKGROUND, "a/u/b", 60_000)).isEqualTo("share");
        assertThat(come(WEBHOOK, "a/u/w", 60_000)).isEqualTo("waits");
        pass(100);
        sweep();
        assertThat(lost).hasSize(3).endsWith("share a/u/w", "share a/u/w");
        end("a/u/0");
        end("a/u/1");
        assertThat(come(BACKGROUND, "a/u/b", 60_000)).as("a slot is free").isEqualTo("begins");
    }

    @Test
    void two_that_wait_for_their_own_halves_shed_nobody() {
        for (String name : List.of("a/u/0", "a/u/1", "b/u/0", "b/u/1")) begins(name);
        waits("a/u/x");
        waits("b/u/x");
        pass(200);
        sweep();
        assertThat(line.queues().overloaded(INTERACTIVE, now)).isTrue();
        assertThat(come(BACKGROUND, "c/u/1", 60_000)).isEqualTo("waits");
    }

    @Test
    void inside_a_turn_only_a_full_box_or_the_own_deadline_refuses() {
        line = new Line<>(MailboxPolicy.untilDeadline(3, 1));
        serve(60_000);
        line.press(1);
        assertThat(come(BACKGROUND, "a/u/1", 60_000)).isEqualTo("begins");
        assertThat(come(BACKGROUND, "a/u/2", 10)).isEqualTo("waits");
        assertThat(come(INTERACTIVE, "b/u/1", 60_000)).isEqualTo("waits");
        assertThat(come(BACKGROUND, "a/u/3", 60_000)).isEqualTo("waits");
        assertThat(come(INTERACTIVE, "b/u/2", 60_000)).isEqualTo("full");
        pass(500);
        sweep();
        assertThat(lost).containsExactly("expired a/u/2");
        assertThat(end("a/u/1")).as("by rank").containsExactly("b/u/1");
    }

    @Test
    void inside_a_turn_the_first_goes_first_whoever_sends() {
        line = new Line<>(MailboxPolicy.untilDeadline(3, 1));
        begins("a/u/1");
        for (String name : List.of("a/u/2", "a/u/3", "b/u/1")) waits(name);
        assertThat(end("a/u/1")).containsExactly("a/u/2");
        assertThat(end("a/u/2")).containsExactly("a/u/3");
    }

    @Test
    void a_tenant_that_comes_anew_takes_turns_from_then_on() {
        line = new Line<>(MailboxPolicy.byTurn(20, 1));
        begins("a/u/0");
        for (int i = 1; i < 6; i++) {
            waits("a/u/" + i);
            waits("b/u/" + i);
        }
        var order = new ArrayList<>(List.of("a/u/0"));
        for (int i = 0; i < 6; i++) order.addAll(end(order.getLast()));
        for (int i = 1; i < 4; i++) waits("c/u/" + i);
        for (int i = 0; i < 5; i++) order.addAll(end(order.getLast()));
        assertThat(order.subList(7, 12).stream().filter(name -> name.startsWith("c")))
                .as("no more than its turns in %s", order)
                .hasSizeLessThan(3);
    }

    @Test
    void of_equal_tenants_the_newest_goes_first_under_overload_and_is_judged_so() {
        line = new Line<>(MailboxPolicy.admission(20, 1, Duration.ofSeconds(1)));
        serve(100);
        begins("a/u/0");
        for (String name : List.of("b/u/1", "c/u/1", "d/u/1")) waits(name);
        assertThat(come(INTERACTIVE, "e/u/1", 399)).as("the last of four").isEqualTo("late");
        pass(100);
        assertThat(come(INTERACTIVE, "d/u/2", 199)).as("before all others").isEqualTo("waits");
        assertThat(end("a/u/0")).containsExactly("d/u/2");
    }

    @Test
    void a_queue_that_was_emptied_in_time_is_not_overloaded_later() {
        line = door(1);
        begins("a/u/0");
        waits("a/u/1");
        pass(50);
        end("a/u/0");
        pass(200);
        assertThat(line.queues().anyOverloaded(now)).isFalse();
    }

    @Test
    void an_overload_is_not_over_sooner_because_nobody_looked_while_the_oldest_was_there() {
        line = door(1);
        begins("a/u/0");
        assertThat(come(CONTROL, "a/u/old", 60_000)).isEqualTo("waits");
        pass(100);
        sweep();
        pass(99);
        assertThat(come(CONTROL, "a/u/fresh", 60_000)).isEqualTo("waits");
        line.leave(line.queues().all(CONTROL).getFirst(), now);
        pass(1);
        assertThat(line.queues().overloaded(CONTROL, now)).isTrue();
    }

    @Test
    void each_overload_sheds_from_the_lowest_class_anew() {
        line = new Line<>(MailboxPolicy.admission(20, 1, Duration.ofSeconds(1)));
        for (int round = 0; round < 2; round++) {
            begins("a/u/0");
            waits("a/u/1");
            assertThat(come(WEBHOOK, "a/u/w", 60_000)).isEqualTo("waits");
            assertThat(come(BACKGROUND, "a/u/b", 60_000)).isEqualTo("waits");
            lost.clear();
            pass(100);
            sweep();
            assertThat(lost).containsExactly("share a/u/b");
            pass(100);
            sweep();
            assertThat(lost).containsExactly("share a/u/b", "share a/u/w");
            end("a/u/0");
            end("a/u/1");
            pass(200);
            sweep();
        }
    }

    @Test
    void a_class_is_not_shed_for_itself_though_the_sweep_is_late() {
        line = new Line<>(MailboxPolicy.admission(20, 1, Duration.ofSeconds(1)));
        begins("a/u/0");
        waits("a/u/1");
        assertThat(come(WEBHOOK, "a/u/w", 60_000)).isEqualTo("waits");
        pass(100);
        sweep();
        assertThat(lost).as("its turn").containsExactly("share a/u/w");
        end("a/u/0");
        pass(200);
        assertThat(come(WEBHOOK, "a/u/2", 60_000)).isEqualTo("waits");
        pass(100);
        assertThat(line.queues().overloaded(WEBHOOK, now)).isTrue();
        assertThat(come(WEBHOOK, "a/u/3", 60_000)).isEqualTo("waits");
    }

    @Test
    void draining_is_said_before_any_share() {
        line.press(1);
        assertThat(come(BACKGROUND, "a/u/1", 60_000)).isEqualTo("share");
        line.drain();
        assertThat(come(BACKGROUND, "a/u/1", 60_000)).isEqualTo("draining");
    }

    @Test
    void whom_time_alone_let_in_goes_before_one_that_comes() {
        serve(3000);
        for (int i = 0; i < 4; i++) begins("a/u/" + i);
        assertThat(come(INTERACTIVE, "b/u/1", 60_000)).isEqualTo("late");
        end("a/u/0");
        assertThat(come(SCHEDULED, "a/u/patient", 60_000)).isEqualTo("waits");
        pass(10_010);
        assertThat(come(SCHEDULED, "a/v/new", 60_000)).isEqualTo("waits");
        assertThat(working.getLast().item).isEqualTo("a/u/patient");
    }

    @Test
    void who_leaves_lets_the_other_tenant_over_its_half() {
        line = door(3);
        for (String name : List.of("a/u/0", "b/u/0", "c/u/0")) begins(name);
        waits("a/u/1");
        Entry<String> leaver = waiting("b/u/1");
        assertThat(end("c/u/0")).as("each has its half while the other waits").isEmpty();
        assertThat(carryOut(line.leave(leaver, now))).containsExactly("a/u/1");
    }

    // --- the line

    private Entry<String> waiting(String name) {
        waits(name);
        return line.queues().all(INTERACTIVE).getLast();
    }

    /** Lets one piece of work take so long. */
    private void serve(long ms) {
        Slots.Held slot = line.begun(INTERACTIVE, Sender.NODE, now);
        pass(ms);
        line.release(slot, now);
    }

    private void begins(String name) {
        assertThat(come(INTERACTIVE, name, 60_000)).as(name).isEqualTo("begins");
    }

    private void waits(String name) {
        assertThat(come(INTERACTIVE, name, 60_000)).as(name).isEqualTo("waits");
    }

    private String come(WorkClass workClass, String name, long deadlineMs) {
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

    private List<String> end(String name) {
        Entry<String> entry =
                working.stream().filter(one -> one.item.equals(name)).findFirst().orElseThrow();
        working.remove(entry);
        return carryOut(line.answered(entry, now).due());
    }

    private List<String> release(Slots.Held slot) {
        return carryOut(Objects.requireNonNull(line.release(slot, now)));
    }

    private List<String> sweep() {
        return carryOut(line.sweep(now));
    }

    private void pass(long ms) {
        now += ms * MS;
    }

    private List<String> carryOut(Line.Due<String> due) {
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
