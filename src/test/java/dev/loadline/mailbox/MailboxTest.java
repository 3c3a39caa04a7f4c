package dev.loadline.mailbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loadline.core.WorkClass;

import io.vertx.core.Future;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Goal: a mailbox is bounded, fair within a class, and always answers. Method: a service that ends
 * its work when the test says so, and time that the test moves.
 */
class MailboxTest extends OneMailbox {
    @Test
    void work_beyond_the_concurrency_waits_and_goes_in_order() {
        var box = box(new MailboxPolicy(10, 2, Map.of()));
        var replies = new ArrayList<Future<Reply<String>>>();
        for (String message : List.of("a", "b", "c", "d")) replies.add(box.ask(letter(message)));
        assertThat(atWork.keySet()).containsExactly("a", "b");
        assertThat(box.reading().depth()).isEqualTo(2);
        end("b");
        assertThat(atWork.keySet()).containsExactly("a", "c");
        assertThat(replies.get(1).result()).isEqualTo(new Reply.Answer<>("b!"));
        end("a");
        end("c");
        end("d");
        assertThat(replies).allMatch(reply -> reply.result() instanceof Reply.Answer);
        assertThat(box.reading().inWork()).isZero();
    }

    @Test
    void higher_classes_go_first_and_control_before_all() {
        var box = box(new MailboxPolicy(10, 1, Map.of()));
        open(box.ask(letter("first", WorkClass.BACKGROUND)));
        open(box.ask(letter("background", WorkClass.BACKGROUND)));
        open(box.ask(letter("interactive", WorkClass.INTERACTIVE)));
        open(box.ask(letter("control", WorkClass.CONTROL)));
        open(box.ask(letter("webhook", WorkClass.WEBHOOK)));
        var order = new ArrayList<String>();
        while (!atWork.isEmpty()) {
            String next = atWork.keySet().iterator().next();
            order.add(next);
            end(next);
        }
        assertThat(order)
                .containsExactly("first", "control", "interactive", "webhook", "background");
    }

    @Test
    void a_full_box_refuses_at_once_but_control_has_room_of_its_own() {
        var box = box(new MailboxPolicy(2, 1, Map.of()));
        for (String message : List.of("a", "b", "c")) open(box.ask(letter(message)));
        assertThat(box.ask(letter("d")).result())
                .isEqualTo(new Reply.Refused<>(Refusal.FULL, Duration.ofSeconds(1)));
        assertThat(box.offer(letter("e")))
                .isEqualTo(new Offer.Refused(Refusal.FULL, Duration.ofSeconds(1)));
        assertThat(box.offer(letter("control", WorkClass.CONTROL)))
                .isEqualTo(new Offer.Accepted(3));
        assertThat(box.offer(letter("more", WorkClass.CONTROL))).isInstanceOf(Offer.Refused.class);
        assertThat(box.reading().depth()).isEqualTo(box.reading().capacity()).isEqualTo(3);
        assertThat(box.refused())
                .contains(new RefusedReading("test", WorkClass.INTERACTIVE, "full", 2));
        assertThat(counts.refused).containsEntry("interactive full", 2);
    }

    @Test
    void retry_after_follows_the_mean_service_and_the_depth() {
        var box = box(new MailboxPolicy(1, 1, Map.of()));
        open(box.ask(letter("a")));
        time.advance(Duration.ofSeconds(3));
        end("a");
        open(box.ask(letter("b")));
        open(box.ask(letter("c")));
        assertThat(box.ask(letter("d")).result())
                .isEqualTo(new Reply.Refused<>(Refusal.FULL, Duration.ofSeconds(6)));
        assertThat(box.ask(letter("e", WorkClass.BACKGROUND)).result())
                .isEqualTo(new Reply.Refused<>(Refusal.SHARE, Duration.ofSeconds(6)));
        box.press(1);
        assertThat(box.ask(letter("f")).result())
                .isEqualTo(new Reply.Refused<>(Refusal.SHARE, Duration.ofSeconds(6)));
        box.drain();
        assertThat(box.offer(letter("g")))
                .isEqualTo(new Offer.Refused(Refusal.DRAINING, Duration.ofSeconds(2)));
    }

    @ParameterizedTest
    @CsvSource({"1, 100", "100, 100", "101, 101", "59999, 59999", "60001, 60000"})
    void retry_after_is_from_a_tenth_of_a_second_to_a_minute(int serviceMs, int retryAfterMs) {
        var box = box(new MailboxPolicy(0, 1, Map.of()));
        open(box.ask(letter("a", WorkClass.INTERACTIVE, Duration.ofMinutes(2))));
        time.advance(Duration.ofMillis(serviceMs));
        end("a");
        open(box.ask(letter("b")));
        assertThat(box.ask(letter("c")).result())
                .isEqualTo(new Reply.Refused<>(Refusal.FULL, Duration.ofMillis(retryAfterMs)));
    }

    @Test
    void what_waited_its_class_bound_is_late_and_what_waited_its_deadline_is_expired() {
        var bounds = Map.of(WorkClass.INTERACTIVE, Duration.ofMillis(250));
        var box = box(new MailboxPolicy(10, 1, bounds));
        open(box.ask(letter("a")));
        var late = box.ask(letter("late"));
        var expired = box.ask(letter("expired", WorkClass.INTERACTIVE, Duration.ofMillis(100)));
        var patient = box.ask(letter("patient", WorkClass.CONTROL));
        time.advance(Duration.ofMillis(125));
        assertThat(expired.result()).isEqualTo(new Reply.Expired<>());
        assertThat(late.isComplete()).isFalse();
        time.advance(Duration.ofMillis(150));
        assertThat(late.result())
                .isEqualTo(new Reply.Refused<>(Refusal.LATE, Duration.ofSeconds(1)));
        assertThat(patient.isComplete()).isFalse();
        assertThat(counts.refused)
                .containsOnly(
                        Map.entry("interactive late", 1), Map.entry("interactive expired", 1));
        assertThat(box.refused())
                .containsExactly(
                        new RefusedReading("test", WorkClass.INTERACTIVE, "expired", 1),
                        new RefusedReading("test", WorkClass.INTERACTIVE, "late", 1));
    }

    @Test
    void a_late_head_is_not_begun_even_before_the_sweep_finds_it() {
        var box = box(new MailboxPolicy(10, 1, Map.of()));
        open(box.ask(letter("a")));
        var expired = box.ask(letter("b", WorkClass.INTERACTIVE, Duration.ofMillis(100)));
        open(box.ask(letter("c")));
        time.stall(Duration.ofMillis(200));
        end("a");
        assertThat(expired.result()).isEqualTo(new Reply.Expired<>());
        assertThat(atWork.keySet()).containsExactly("c");
    }

    @Test
    void an_ask_expires_though_its_work_has_begun_and_the_late_result_is_dropped() {
        var box = box(new MailboxPolicy(10, 1, Map.of()));
        var reply = box.ask(letter("a", WorkClass.INTERACTIVE, Duration.ofMillis(100)));
        time.advance(Duration.ofMillis(125));
        assertThat(reply.result()).isEqualTo(new Reply.Expired<>());
        assertThat(box.reading().inWork()).as("the work goes on").isEqualTo(1);
        assertThat(box.refused())
                .containsExactly(new RefusedReading("test", WorkClass.INTERACTIVE, "expired", 1));
        end("a");
        box.offer(letter("b"));
        end("b");
        assertThat(counts.lateResults).as("nobody asked for b").isEqualTo(1);
        assertThat(box.reading().inWork()).isZero();
    }

    @Test
    void a_deadline_that_has_passed_is_expired_at_the_door() {
        var box = box(new MailboxPolicy(10, 1, Map.of()));
        assertThat(box.ask(letter("a", WorkClass.INTERACTIVE, Duration.ZERO)).result())
                .isEqualTo(new Reply.Expired<>());
        assertThat(box.offer(letter("b", WorkClass.INTERACTIVE, Duration.ZERO)))
                .isInstanceOf(Offer.Refused.class);
        assertThat(box.refused())
                .containsExactly(new RefusedReading("test", WorkClass.INTERACTIVE, "expired", 2));
        assertThat(atWork).isEmpty();
    }

    @Test
    void a_class_that_may_not_wait_is_refused_when_no_slot_is_free() {
        var box = box(new MailboxPolicy(10, 1, Map.of(WorkClass.WEBHOOK, Duration.ZERO)));
        open(box.ask(letter("a")));
        assertThat(box.offer(letter("b", WorkClass.WEBHOOK)))
                .isEqualTo(new Offer.Refused(Refusal.LATE, Duration.ofSeconds(1)));
    }

    @Test
    void draining_refuses_what_is_new_but_not_control_and_lets_the_rest_end() {
        var box = box(new MailboxPolicy(10, 1, Map.of()));
        open(box.ask(letter("a")));
        var waiting = box.ask(letter("b"));
        box.drain();
        assertThat(box.offer(letter("c"))).isInstanceOf(Offer.Refused.class);
        assertThat(((Offer.Refused) box.offer(letter("c"))).reason()).isEqualTo(Refusal.DRAINING);
        assertThat(box.offer(letter("stop", WorkClass.CONTROL))).isEqualTo(new Offer.Accepted(2));
        end("a");
        end("stop");
        end("b");
        assertThat(waiting.result()).isEqualTo(new Reply.Answer<>("b!"));
    }

    @Test
    void a_long_line_before_an_immediate_service_does_not_recurse() {
        var box =
                box(
                        MailboxPolicy.untilDeadline(50_000, 1),
                        (message, slot) -> {
                            if (!message.equals("kept")) return Future.succeededFuture(message);
                            slot.keep();
                            slot.release();
                            return Future.succeededFuture(message);
                        });
        Slot gate = box.begun(WorkClass.INTERACTIVE, Sender.NODE);
        var replies = new ArrayList<Future<Reply<String>>>();
        for (int i = 0; i < 50_000; i++)
            replies.add(box.ask(letter(i % 2 == 0 ? "plain" : "kept")));
        gate.release();
        assertThat(replies).allMatch(reply -> reply.result() instanceof Reply.Answer);
        assertThat(box.reading().inWork()).isZero();
    }

    @Test
    void an_asker_that_throws_does_not_stop_those_behind_it() {
        var box = box(new MailboxPolicy(10, 1, Map.of()));
        open(
                box.ask(letter("a"))
                        .onSuccess(
                                reply -> {
                                    throw new IllegalStateException("asker's bug");
                                }));
        open(box.ask(letter("b")));
        end("a");
        assertThat(atWork.keySet()).containsExactly("b");
    }

    @Test
    void one_sweep_timer_runs_and_only_while_someone_waits() {
        var box = box(new MailboxPolicy(10, 1, Map.of()));
        assertThat(time.pending()).isZero();
        for (String message : List.of("a", "b", "c")) open(box.ask(letter(message)));
        assertThat(time.pending()).isEqualTo(1);
        time.advance(Duration.ofSeconds(1));
        assertThat(time.pending()).isEqualTo(1);
        for (String message : List.of("a", "b", "c")) end(message);
        time.advance(Duration.ofMillis(25));
        assertThat(time.pending()).isZero();
    }

    @Test
    void figures_are_absent_until_something_was_measured() {
        var box = box(new MailboxPolicy(10, 1, Map.of()));
        assertThat(box.reading())
                .isEqualTo(new MailboxReading("test", 0, 11, 0, 1, 0, null, null, null));
        open(box.ask(letter("a")));
        open(box.ask(letter("b")));
        time.advance(Duration.ofMillis(40));
        assertThat(box.reading().oldestMs()).isEqualTo(40);
        end("a");
        end("b");
        assertThat(box.reading())
                .isEqualTo(new MailboxReading("test", 0, 11, 0, 1, 0, 0.0, 40.0, 0.0));
    }

    @Test
    void meters_tell_the_classes_apart() {
        var box = box(new MailboxPolicy(10, 1, Map.of()));
        open(box.ask(letter("a")));
        open(box.ask(letter("webhook", WorkClass.WEBHOOK)));
        time.advance(Duration.ofMillis(100));
        assertThat(box.depth(WorkClass.WEBHOOK)).isEqualTo(1);
        assertThat(box.depth(WorkClass.INTERACTIVE)).isZero();
        assertThat(box.oldestNanos(WorkClass.WEBHOOK)).isEqualTo(100_000_000);
        assertThat(box.oldestNanos(WorkClass.INTERACTIVE)).isZero();
        assertThat(box.overloaded(WorkClass.WEBHOOK)).isTrue();
        assertThat(box.overloaded(WorkClass.INTERACTIVE)).isFalse();
        assertThat(box.inWork(WorkClass.WEBHOOK)).isZero();
        assertThat(box.inWork(WorkClass.INTERACTIVE)).isEqualTo(1);
        end("a");
        assertThat(counts.waited).containsExactly("interactive 0", "webhook 100000000");
    }

    @Test
    void a_policy_refuses_nonsense() {
        assertThatThrownBy(() -> new MailboxPolicy(-1, 1, Map.of()))
                .hasMessageContaining("capacity");
        assertThatThrownBy(() -> new MailboxPolicy(1, 0, Map.of()))
                .hasMessageContaining("concurrency");
        var negative = new EnumMap<WorkClass, Duration>(WorkClass.class);
        negative.put(WorkClass.WEBHOOK, Duration.ofMillis(-1));
        assertThatThrownBy(() -> new MailboxPolicy(1, 1, negative)).hasMessageContaining("waits");
    }
}
