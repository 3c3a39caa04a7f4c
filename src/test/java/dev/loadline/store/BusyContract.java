package dev.loadline.store;

import static dev.loadline.core.WhenBusy.COLLECT;
import static dev.loadline.core.WhenBusy.ENQUEUE;
import static dev.loadline.core.WhenBusy.INTERRUPT;
import static dev.loadline.core.WhenBusy.STEER;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.ConversationKey;
import dev.loadline.core.TurnId;
import dev.loadline.core.WhenBusy;
import dev.loadline.store.SubmitDecision.Accepted;
import dev.loadline.store.SubmitDecision.Duplicate;
import dev.loadline.store.SubmitDecision.Elsewhere;
import dev.loadline.store.SubmitDecision.Joined;
import dev.loadline.store.SubmitDecision.JoinedFull;
import dev.loadline.store.SubmitDecision.KeyReused;
import dev.loadline.store.SubmitDecision.WaitingFull;
import dev.loadline.turn.By;
import dev.loadline.turn.Conversation;
import dev.loadline.turn.Message;
import dev.loadline.turn.TurnEnd;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.List;
import java.util.Map;

/** What a message does to a conversation that is at work. */
abstract class BusyContract extends PagesContract {
    private static final Joining STEERED = new Joining.Steered();

    Conversation talk() {
        return now(store.conversation(TALK)).orElseThrow();
    }

    List<String> textsOf(TurnId turn) {
        return stored(turn).view().input().stream().map(Message::text).toList();
    }

    /** What it joined. */
    TurnId join(Draft draft, Joining how) {
        var joined = (Joined) submit(draft);
        assertThat(joined.how()).isEqualTo(how);
        assertThat(joined.message().id()).isEqualTo(draft.messageId);
        return joined.turn();
    }

    private static Joining collected(int count) {
        return new Joining.Collected(count);
    }

    // --- any mode

    @ParameterizedTest
    @EnumSource(WhenBusy.class)
    void in_an_idle_conversation_every_mode_is_an_ordinary_submit(WhenBusy mode) {
        Draft draft = draft(mode, "hello");
        assertThat(submit(draft)).isEqualTo(new Accepted(stored(draft.id).head(), 0, null));
    }

    @ParameterizedTest
    @EnumSource(
            value = WhenBusy.class,
            names = {"STEER", "COLLECT", "INTERRUPT"})
    void another_nodes_conversation_is_elsewhere(WhenBusy mode) {
        TurnId running = accept("one", 0);
        accept(draft(COLLECT, "two"), 1);
        Fence there = now(store.join("there", LEASE));
        assertThat(now(store.submit(there, draft(mode, "three").turn())))
                .isEqualTo(new Elsewhere("here"));
        assertThat(talk().messages()).isEqualTo(2);
        assertThat(now(store.cancelsAsked(here))).doesNotContainKey(running);
    }

    // --- interrupt

    @Test
    void an_interrupt_goes_ahead_of_all_that_waits_even_if_no_more_may_wait() {
        TurnId running = accept("0", 0);
        for (int i = 1; i <= 4; i++) accept("" + i, i);
        List<String> waiting = talk().waiting();
        Draft draft = draft(INTERRUPT, "stop!");
        assertThat(submit(draft)).isEqualTo(new Accepted(stored(draft.id).head(), 1, running));
        assertThat(talk().running()).isEqualTo(running.value());
        assertThat(talk().waiting()).startsWith(draft.id.value()).endsWith(waiting.getLast());
        assertThat(talk().waiting()).hasSize(5).containsAll(waiting);
        assertThat(now(store.cancelsAsked(here))).isEqualTo(Map.of(running, By.INTERRUPT));

        var cancelled = new TurnEnd.Cancelled(By.INTERRUPT);
        now(store.end(here, ended(running, "half", cancelled)));
        assertThat(talk().running()).isEqualTo(draft.id.value());
        assertThat(now(store.cancelsAsked(here))).isEmpty();
        long place = stored(draft.id).head().seq();
        assertThat(now(store.history(TALK, place, 10_000)))
                .as("what waits has not been said yet")
                .extracting(Message::text)
                .containsExactly("0", "half");
        assertThat(complete(draft.id, "yes").head().id().value()).isEqualTo(waiting.getFirst());
        accept("5", 4);
        assertThat(now(store.messages(TALK, 50, null, null)).orElseThrow().items())
                .extracting(Message::text)
                .containsExactly("0", "half", "stop!", "yes", "1", "2", "3", "4", "5");
    }

    @Test
    void the_last_of_several_interrupts_is_the_first_to_run() {
        TurnId running = accept("0", 0);
        accept("1", 1);
        Draft one = draft(INTERRUPT, "no, this");
        Draft two = draft(INTERRUPT, "no, that");
        submit(one);
        assertThat(submit(two)).isEqualTo(new Accepted(stored(two.id).head(), 1, running));
        assertThat(talk().waiting().subList(0, 2)).containsExactly(two.id.value(), one.id.value());
        assertThat(complete(running, "").head().id()).isEqualTo(two.id);
        assertThat(submit(draft(INTERRUPT, "or this")))
                .isInstanceOfSatisfying(
                        Accepted.class, third -> assertThat(third.interrupts()).isEqualTo(two.id));
    }

    @Test
    void interrupts_can_not_pile_up_without_end() {
        TurnId running = accept("0", 0);
        int taken = 0;
        while (submit(draft(INTERRUPT, "stop")) instanceof Accepted) taken++;
        assertThat(taken).isEqualTo(20);
        assertThat(submit(draft(INTERRUPT, "stop"))).isEqualTo(new WaitingFull(running));
    }

    @Test
    void who_cancelled_before_an_interrupt_stays_the_one_who_did() {
        TurnId running = accept("0", 0);
        now(store.askCancel(running, By.OPERATOR));
        submit(draft(INTERRUPT, "stop"));
        assertThat(now(store.cancelsAsked(here))).isEqualTo(Map.of(running, By.OPERATOR));
    }

    @Test
    void an_interrupt_whose_answer_is_lost_interrupts_once_and_outlives_the_node() {
        TurnId running = accept("0", 0);
        Draft draft = draft(INTERRUPT, "stop");
        var again = (Accepted) afterLostAnswer(() -> store.submit(here, draft.turn()));
        assertThat(again.position()).isEqualTo(1);
        assertThat(again.head()).isEqualTo(stored(draft.id).head());
        Fence there = now(store.join("there", LEASE));
        assertThat(now(store.takeOver(there, true, 10)))
                .extracting(turn -> turn.head().id())
                .containsExactly(running, draft.id);
        assertThat(now(store.cancelsAsked(there))).isEqualTo(Map.of(running, By.INTERRUPT));
    }

    @Test
    void the_newest_message_is_known_though_others_wait_behind_it() {
        accept("0", 0);
        accept("1", 1);
        Draft first = draft(INTERRUPT, "stop");
        submit(first);
        Draft again = draft("stop");
        again.whenBusy = INTERRUPT; // by the agent, not said
        assertThat(submit(again)).isEqualTo(new Duplicate(first.id));
    }

    // --- collect

    @Test
    void collected_texts_join_one_turn_that_waits() {
        accept("0", 0);
        Draft first = draft(COLLECT, "a");
        first.key = "ka";
        TurnId waiting = accept(first, 1);
        Draft second = draft(COLLECT, "b");
        second.key = "kb";
        assertThat(join(second, collected(2))).isEqualTo(waiting);
        assertThat(join(draft(COLLECT, "c"), collected(3))).isEqualTo(waiting);
        assertThat(textsOf(waiting)).containsExactly("a", "b", "c");
        assertThat(stored(waiting).joined()).allMatch(text -> text.step() == 1);
        assertThat(talk().waiting()).containsExactly(waiting.value());
        assertThat(talk().messages()).isEqualTo(4);

        assertThat(submit(draft("b", "kb"))).isEqualTo(new Duplicate(waiting, collected(2)));
        assertThat(submit(draft("a", "ka"))).isEqualTo(new Duplicate(waiting));
        assertThat(submit(draft("x", "kb"))).isEqualTo(new KeyReused(waiting));
    }

    @Test
    void a_collected_text_joins_the_last_that_collects_whatever_waits_behind_it() {
        TurnId running = accept("0", 0);
        accept(draft(ENQUEUE, "1"), 1);
        TurnId collects = accept(draft(COLLECT, "a"), 2);
        accept(draft(ENQUEUE, "2"), 3);
        assertThat(join(draft(COLLECT, "b"), collected(2))).isEqualTo(collects);
        now(store.askCancel(collects, By.USER));
        TurnId other = accept(draft(COLLECT, "c"), 4);
        assertThat(join(draft(COLLECT, "d"), collected(2))).isEqualTo(other);
        assertThat(submit(draft(ENQUEUE, "3"))).isEqualTo(new WaitingFull(running));
        assertThat(join(draft(COLLECT, "e"), collected(3)))
                .as("who joins needs no room in the line")
                .isEqualTo(other);
    }

    @Test
    void a_turn_that_runs_collects_no_more() {
        TurnId running = accept("0", 0);
        TurnId collects = accept(draft(COLLECT, "a"), 1);
        assertThat(complete(running, "").head().id()).isEqualTo(collects);
        accept(draft(COLLECT, "b"), 1);
        assertThat(textsOf(collects)).containsExactly("a");
    }

    @Test
    void a_turn_collects_twenty_texts() {
        accept("0", 0);
        TurnId waiting = accept(draft(COLLECT, "1"), 1);
        for (int i = 2; i <= 20; i++) join(draft(COLLECT, "" + i), collected(i));
        assertThat(submit(draft(COLLECT, "21"))).isEqualTo(new JoinedFull(waiting, "20 texts"));
        assertThat(textsOf(waiting)).hasSize(20);
    }

    @Test
    void a_turn_collects_64_kib_of_utf_8() {
        accept("0", 0);
        TurnId waiting = accept(draft(COLLECT, "\u00e9".repeat(32 * 1024 - 1)), 1);
        assertThat(submit(draft(COLLECT, "abc"))).isEqualTo(new JoinedFull(waiting, "64 KiB"));
        join(draft(COLLECT, "ab"), collected(2));
    }

    @Test
    void a_collected_text_whose_answer_is_lost_joins_once() {
        accept("0", 0);
        TurnId waiting = accept(draft(COLLECT, "a"), 1);
        Draft draft = draft(COLLECT, "b");
        var again = (Joined) afterLostAnswer(() -> store.submit(here, draft.turn()));
        assertThat(again.turn()).isEqualTo(waiting);
        assertThat(again.how()).isEqualTo(collected(2));
        assertThat(again.message()).isEqualTo(stored(waiting).joined().getFirst().message());
        assertThat(textsOf(waiting)).containsExactly("a", "b");
    }

    // --- steer

    @Test
    void steered_texts_join_the_turn_that_runs() {
        TurnId running = accept(draft("a", "ka"), 0);
        TurnId waiting = accept(draft(ENQUEUE, "w"), 1);
        Draft second = draft(STEER, "b");
        second.key = "kb";
        assertThat(join(second, STEERED)).isEqualTo(running);
        assertThat(join(draft(STEER, "c"), STEERED)).isEqualTo(running);
        assertThat(textsOf(running)).containsExactly("a", "b", "c");
        assertThat(talk().waiting()).containsExactly(waiting.value());
        assertThat(talk().messages()).isEqualTo(4);
        assertThat(submit(draft("b", "kb"))).isEqualTo(new Duplicate(running, STEERED));
        assertThat(submit(draft("x", "kb"))).isEqualTo(new KeyReused(running));
    }

    @Test
    void a_turn_that_is_being_cancelled_is_steered_no_more() {
        TurnId running = accept("0", 0);
        now(store.askCancel(running, By.USER));
        accept(draft(STEER, "a"), 1);
        assertThat(textsOf(running)).containsExactly("0");
    }

    @Test
    void a_turn_is_steered_a_hundred_texts_long() {
        TurnId running = accept("1", 0);
        for (int i = 2; i <= 100; i++) join(draft(STEER, "" + i), STEERED);
        assertThat(submit(draft(STEER, "101"))).isEqualTo(new JoinedFull(running, "100 texts"));
    }

    @Test
    void a_steered_text_whose_answer_is_lost_joins_once_also_after_the_end() {
        TurnId running = accept("0", 0);
        Draft draft = draft(STEER, "a");
        var first = (Joined) afterLostAnswer(() -> store.submit(here, draft.turn()));
        assertThat(first.turn()).isEqualTo(running);
        now(store.end(here, ended(running, "", new TurnEnd.Cancelled(By.USER))));
        assertThat(submit(draft)).isEqualTo(first);
        assertThat(textsOf(running)).containsExactly("0", "a");
    }

    @Test
    void a_resend_of_a_steered_text_is_known_as_that() {
        TurnId running = accept(draft("a", "ka"), 0);
        Draft steered = draft("b");
        steered.whenBusy = STEER; // by the agent, not said
        join(steered, STEERED);
        Draft again = draft("b", "kb");
        again.whenBusy = STEER;
        assertThat(submit(again)).isEqualTo(new Duplicate(running, STEERED));
        assertThat(submit(draft("b", "kb"))).isEqualTo(new Duplicate(running, STEERED));
        assertThat(submit(draft("a"))).isEqualTo(new Duplicate(running));
        Draft meant = draft("a", "ka2");
        meant.whenBusy = STEER;
        assertThat(join(meant, STEERED)).as("two keys mean two messages").isEqualTo(running);
    }

    @Test
    void rows_of_an_older_server_are_understood() {
        TurnId running = accept(draft("a", "ka"), 0);
        now(
                db().write(
                                dev.loadline.core.WorkClass.CONTROL,
                                tx ->
                                        tx.run("UPDATE conversations SET newest = NULL")
                                                .compose(
                                                        done ->
                                                                tx.run(
                                                                        "UPDATE submit_keys SET"
                                                                                + " message = NULL"))));
        assertThat(submit(draft("a"))).isEqualTo(new Duplicate(running));
        assertThat(submit(draft("a", "ka"))).isEqualTo(new Duplicate(running));
    }

    @Test
    void deleting_the_conversation_deletes_what_joined() {
        accept("0", 0);
        join(draft(STEER, "a"), STEERED);
        accept(draft(COLLECT, "b"), 1);
        join(draft(COLLECT, "c"), collected(2));
        now(store.delete(TALK));
        Rows rows = now(db().read(tx -> tx.run("SELECT COUNT(*) FROM messages")));
        assertThat(rows.first().number(0)).isZero();
        var other = new ConversationKey(ANNA, "other");
        assertThat(now(store.conversation(other))).isEmpty();
    }
}
