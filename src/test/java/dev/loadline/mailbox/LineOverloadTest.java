package dev.loadline.mailbox;

import static dev.loadline.core.WorkClass.BACKGROUND;
import static dev.loadline.core.WorkClass.CONTROL;
import static dev.loadline.core.WorkClass.INTERACTIVE;
import static dev.loadline.core.WorkClass.WEBHOOK;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;

/** Goal: an overloaded class is served and helped as the rules say, and no longer than it is. */
class LineOverloadTest extends OneLine {
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
}
