package dev.loadline.mailbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loadline.core.WorkClass;

import io.vertx.core.Future;

import org.junit.jupiter.api.Test;

import java.util.Map;

/** Goal: each slot comes back once, however its work ends, and not before. */
class MailboxSlotsTest extends OneMailbox {
    @Test
    void a_service_that_fails_or_throws_is_broken_and_gives_its_slot_back() {
        Service<String, String> throwing =
                (message, slot) -> {
                    throw new IllegalStateException(message);
                };
        var box = box(new MailboxPolicy(10, 1, Map.of()), throwing);
        assertThat(box.ask(letter("a")).result()).isInstanceOf(Reply.Broken.class);
        var failing =
                box(new MailboxPolicy(1, 1, Map.of()), (m, slot) -> Future.failedFuture("no"));
        assertThat(failing.ask(letter("b")).result()).isInstanceOf(Reply.Broken.class);
        var stopping =
                box(
                        new MailboxPolicy(1, 1, Map.of()),
                        (message, slot) -> {
                            throw new StackOverflowError(message);
                        });
        assertThat(stopping.ask(letter("c")).result()).isInstanceOf(Reply.Broken.class);
        assertThat(stopping.reading().inWork()).isZero();
        assertThat(failing.reading().inWork()).isZero();
        assertThat(box.reading().inWork()).isZero();
    }

    @Test
    void a_slot_that_is_released_twice_while_its_work_begins_comes_back_once() {
        var box =
                box(
                        new MailboxPolicy(1, 1, Map.of()),
                        (message, slot) -> {
                            slot.release();
                            slot.release();
                            return Future.succeededFuture(message);
                        });
        assertThat(box.ask(letter("a")).result()).isEqualTo(new Reply.Answer<>("a"));
        assertThat(counts.releasedTwice).isEqualTo(1);
        assertThat(box.reading().inWork()).isZero();
    }

    @Test
    void a_kept_slot_is_held_past_the_answer_until_it_is_released() {
        var box = box(new MailboxPolicy(10, 1, Map.of()));
        var reply = box.ask(letter("a"));
        slots.get("a").keep();
        end("a");
        assertThat(reply.result()).isEqualTo(new Reply.Answer<>("a!"));
        open(box.ask(letter("b")));
        assertThat(atWork).isEmpty();
        slots.get("a").release();
        assertThat(atWork.keySet()).containsExactly("b");
        slots.get("a").release();
        assertThat(counts.releasedTwice).isEqualTo(1);
        assertThat(box.reading().inWork()).isEqualTo(1);
    }

    @Test
    void a_slot_can_be_released_early_once_and_not_kept_once_it_is_back() {
        var box = box(new MailboxPolicy(10, 1, Map.of()));
        open(box.ask(letter("a")));
        slots.get("a").release();
        assertThat(box.reading().inWork()).isZero();
        end("a");
        assertThat(box.reading().inWork()).isZero();
        assertThat(counts.releasedTwice).isZero();
        assertThatThrownBy(() -> slots.get("a").keep()).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void begun_work_may_exceed_the_concurrency_and_new_work_waits_until_it_is_under() {
        var box = box(new MailboxPolicy(10, 2, Map.of()));
        Slot one = box.begun(WorkClass.INTERACTIVE, Sender.NODE);
        Slot two = box.begun(WorkClass.INTERACTIVE, Sender.NODE);
        Slot three = box.begun(WorkClass.INTERACTIVE, Sender.NODE);
        assertThat(box.reading().inWork()).isEqualTo(3);
        open(box.ask(letter("a")));
        one.release();
        assertThat(atWork).isEmpty();
        two.release();
        assertThat(atWork.keySet()).containsExactly("a");
        three.release();
        end("a");
        assertThat(box.reading().inWork()).isZero();
    }
}
