package dev.loadline.mailbox;

import static dev.loadline.core.WorkClass.BACKGROUND;
import static dev.loadline.core.WorkClass.CONTROL;
import static dev.loadline.core.WorkClass.INTERACTIVE;
import static dev.loadline.core.WorkClass.SCHEDULED;
import static dev.loadline.core.WorkClass.WEBHOOK;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

/** Goal: each rule of the line, by itself. */
class LineTest extends OneLine {
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
}
