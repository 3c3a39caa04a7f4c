package dev.loadline.mailbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loadline.core.Deadline;
import dev.loadline.core.ManualTime;
import dev.loadline.core.WorkClass;
import dev.loadline.telemetry.MailboxCounters;

import io.vertx.core.Future;
import io.vertx.core.Promise;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Goal: a line before something that says itself how many may go. Method: a service that ends its
 * work when the test says so, and time that the test moves.
 */
class LimitTest {
    private final ManualTime time = new ManualTime();
    private final Map<String, Promise<String>> atWork = new LinkedHashMap<>();

    @Test
    void while_the_limit_is_zero_nothing_begins_and_who_leaves_is_gone() {
        var box = box(MailboxPolicy.byTurn(10, 3));
        assertThatThrownBy(() -> box.limit(-1)).isInstanceOf(IllegalArgumentException.class);
        box.limit(0);
        var places = new ArrayList<Mailbox.Place<String>>();
        for (String message : List.of("a", "b", "c", "d")) places.add(box.stand(letter(message)));
        time.advance(Duration.ofSeconds(1));
        assertThat(atWork).isEmpty();
        assertThat(box.reading().limit()).isZero();
        places.get(1).leave();
        places.get(1).leave();
        assertThat(box.reading().depth()).isEqualTo(3);
        box.limit(2);
        assertThat(atWork.keySet()).containsExactly("a", "c");
        places.get(0).leave();
        box.limit(100);
        assertThat(atWork.keySet()).as("never above the policy").containsExactly("a", "c", "d");
        assertThat(box.reading().limit()).isEqualTo(3);
        for (String message : List.of("a", "c", "d")) end(message);
        assertThat(places.get(0).reply().result()).isEqualTo(new Reply.Answer<>("a!"));
        assertThat(places.get(1).reply().isComplete()).isFalse();
        assertThat(box.reading().depth()).isZero();
        assertThat(box.reading().inWork()).isZero();
        assertThat(box.refused()).isEmpty();
    }

    @Test
    void who_waits_by_turn_is_neither_shed_nor_served_newest_first_however_long_it_takes() {
        var box = box(MailboxPolicy.byTurn(10, 1));
        box.limit(0);
        open(box.ask(from("a", "a1")));
        open(box.ask(from("a", "a2")));
        open(box.ask(from("b", "b1")));
        open(box.ask(letter("webhook", WorkClass.WEBHOOK)));
        time.advance(Duration.ofSeconds(5));
        box.limit(1);
        var order = new ArrayList<String>();
        while (!atWork.isEmpty()) {
            order.add(atWork.keySet().iterator().next());
            end(order.getLast());
        }
        assertThat(order).containsExactly("a1", "b1", "a2", "webhook");
    }

    private Mailbox<String, String> box(MailboxPolicy policy) {
        return Mailbox.create(
                "test",
                policy,
                time,
                time,
                (message, slot) -> {
                    Promise<String> answer = Promise.promise();
                    atWork.put(message, answer);
                    return answer.future();
                },
                MailboxCounters.NONE);
    }

    private void end(String message) {
        atWork.remove(message).complete(message + "!");
    }

    private Letter<String> letter(String body) {
        return letter(body, WorkClass.INTERACTIVE);
    }

    private Letter<String> letter(String body, WorkClass workClass) {
        return new Letter<>(body, workClass, Deadline.after(time, Duration.ofMinutes(1)));
    }

    private Letter<String> from(String tenant, String body) {
        var sender = new Sender(tenant, "u", body);
        return new Letter<>(
                body, WorkClass.INTERACTIVE, Deadline.after(time, Duration.ofMinutes(1)), sender);
    }

    private static void open(Future<?> reply) {
        assertThat(reply.isComplete()).isFalse();
    }
}
