package dev.loadline.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.ConversationKey;
import dev.loadline.core.Deadline;
import dev.loadline.core.ManualTime;
import dev.loadline.core.Origin;
import dev.loadline.core.Principal;
import dev.loadline.core.TurnId;
import dev.loadline.core.WorkClass;
import dev.loadline.mailbox.Letter;
import dev.loadline.mailbox.Mailbox;
import dev.loadline.mailbox.MailboxPolicy;
import dev.loadline.mailbox.Sender;
import dev.loadline.mailbox.Slot;
import dev.loadline.telemetry.MailboxCounters;
import dev.loadline.turn.Chain;
import dev.loadline.turn.TurnHead;

import io.vertx.core.Future;
import io.vertx.core.Promise;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Goal: acknowledged turns wait for their slots in order, before what is new, and never more run
 * than there are slots. Method: a real mailbox with two slots and a courier that does as it is
 * told.
 */
class TurnSlotsTest {
    private record Brought(TurnId turn, TurnSlots.Offered slot, Consumer<Boolean> returned) {}

    private final ManualTime time = new ManualTime();
    private final List<String> begun = new ArrayList<>();
    private final Deque<Slot> ofNew = new ArrayDeque<>();
    private final Deque<Brought> brought = new ArrayDeque<>();
    private final Mailbox<String, String> mailbox =
            Mailbox.create(
                    "turn",
                    new MailboxPolicy(10, 2, Map.of()),
                    time,
                    time,
                    this::begin,
                    MailboxCounters.NONE);
    private final TurnSlots slots =
            new TurnSlots(
                    2,
                    mailbox,
                    (loop, turn, slot, returned) -> brought.add(new Brought(turn, slot, returned)));

    private Future<String> begin(String name, Slot slot) {
        slot.keep();
        ofNew.add(slots.of(slot, Sender.NODE));
        begun.add(name);
        return Promise.<String>promise().future();
    }

    private static TurnHead head(String id, WorkClass workClass) {
        return new TurnHead(
                new TurnId(id),
                new ConversationKey(new Principal("acme", "ann"), "of-" + id),
                1,
                "assistant",
                Origin.CHAT,
                workClass,
                List.of(),
                0,
                0,
                null,
                Chain.rootOf(id));
    }

    private static TurnHead head(String id) {
        return head(id, WorkClass.INTERACTIVE);
    }

    private void isNew(String name) {
        isNew(name, "acme");
    }

    private void isNew(String name, String tenant) {
        var deadline = Deadline.after(time, Duration.ofMinutes(1));
        var sender = new Sender(tenant, "sue", name);
        mailbox.ask(new Letter<>(name, WorkClass.INTERACTIVE, deadline, sender));
    }

    /** The next one that a slot is brought to takes it. */
    private Slot taken(String turn) {
        Brought next = brought.remove();
        assertThat(next.turn().value()).isEqualTo(turn);
        Slot slot = next.slot().take();
        next.returned().accept(false);
        assertThat(mailbox.reading().inWork()).isLessThanOrEqualTo(2);
        return slot;
    }

    @Test
    void what_was_acknowledged_goes_before_what_is_new_most_urgent_first() {
        Slot one = slots.ask(head("a"), 0);
        Slot two = slots.ask(head("b"), 0);
        assertThat(slots.ask(head("c", WorkClass.SCHEDULED), 0)).isNull();
        assertThat(slots.ask(head("d"), 1)).isNull();
        isNew("new");
        assertThat(brought).isEmpty();
        one.release();
        one = taken("d");
        assertThat(slots.handOn(two, head("next"), 0)).as("others have waited longer").isNull();
        two = taken("next");
        two.release();
        two = taken("c");
        assertThat(begun).isEmpty();
        two.release();
        assertThat(begun).containsExactly("new");
        assertThat(slots.handOn(one, head("last"), 0)).as("nobody waits").isSameAs(one);
        one.release();
        ofNew.remove().release();
        assertThat(mailbox.reading().inWork()).isZero();
    }

    @Test
    void a_tenant_over_its_half_hands_no_slot_on_while_another_waits() {
        Slot one = slots.ask(head("a"), 0);
        Slot two = slots.ask(head("b"), 0);
        isNew("another", "other");
        assertThat(slots.handOn(one, head("a2"), 0)).as("over its half").isNull();
        assertThat(begun).containsExactly("another");
        assertThat(slots.handOn(two, head("b2"), 0)).as("a2 has waited longer").isNull();
        Slot half = taken("a2");
        ofNew.remove().release();
        assertThat(brought).as("the other came a moment ago").isEmpty();
        time.advance(Duration.ofSeconds(11));
        half.release();
        taken("b2").release();
        assertThat(slots.waiting()).isZero();
    }

    @Test
    void a_slot_that_does_not_arrive_is_brought_again_or_goes_to_the_next() {
        isNew("first");
        isNew("second");
        for (String id : List.of("a", "b", "c")) assertThat(slots.ask(head(id), 0)).isNull();
        ofNew.remove().release();
        brought.remove().returned().accept(true); // a stalled loop: it keeps its place
        Brought again = brought.remove();
        assertThat(again.turn().value()).isEqualTo("a");
        again.returned().accept(false); // it has ended meanwhile
        slots.forget(new TurnId("c"));
        taken("b").release();
        ofNew.remove().release();
        assertThat(brought).isEmpty();
        assertThat(slots.waiting()).isZero();
        assertThat(mailbox.reading().inWork()).isZero();
    }
}
