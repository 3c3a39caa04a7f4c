package dev.loadline.store;

import static dev.loadline.core.WhenBusy.ENQUEUE;
import static dev.loadline.core.WhenBusy.STEER;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.TurnId;
import dev.loadline.store.SubmitDecision.Duplicate;
import dev.loadline.store.SubmitDecision.Joined;
import dev.loadline.turn.By;
import dev.loadline.turn.Finish;
import dev.loadline.turn.Message;
import dev.loadline.turn.Status;
import dev.loadline.turn.TurnEnd;
import dev.loadline.turn.TurnEvent;
import dev.loadline.turn.TurnMemo;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

/** Texts that join a turn about when it ends: never lost, never in two turns. */
abstract class LeftoversContract extends BusyContract {
    private static final TurnEnd STOP = new TurnEnd.Completed(Finish.STOP);
    private static final Joining STEERED = new Joining.Steered();

    private static TurnMemo seen(int step, Map<String, Integer> seen) {
        TurnMemo memo = memo(step, 0);
        return new TurnMemo(
                memo.version(),
                step,
                memo.usage(),
                memo.timings(),
                memo.context(),
                memo.degradations(),
                0,
                seen);
    }

    private EndedTurn ended(
            TurnId turn, TurnEnd end, Map<String, Integer> seen, EndedTurn.Onward onward) {
        EndedTurn usual = ended(turn, "said", end);
        return new EndedTurn(
                turn,
                end,
                seen(1, seen),
                usual.lastStep(),
                "said",
                usual.messageId(),
                usual.cursor(),
                usual.endedMs(),
                onward,
                0);
    }

    private EndedTurn.Onward onward() {
        return new EndedTurn.Onward(ids.turn(), T0 + 99_000);
    }

    @Test
    void a_turn_does_not_complete_while_a_text_is_unseen() {
        TurnId running = accept("a", 0);
        Draft steered = draft(STEER, "b");
        join(steered, STEERED);
        StoredTurn before = stored(running);
        assertThat(now(store.end(here, ended(running, STOP, Map.of(), null))))
                .isEqualTo(
                        new TurnStore.Ending.Unseen(List.of(before.joined().getFirst().message())));
        assertThat(stored(running)).isEqualTo(before);
        var all = Map.of(steered.messageId, 1);
        assertThat(now(store.end(here, ended(running, STOP, all, null))))
                .isEqualTo(new TurnStore.Ending.Stored(null));
        assertThat(now(store.messages(TALK, 50, null, null)).orElseThrow().items())
                .extracting(Message::text)
                .containsExactly("a", "b", "said");
    }

    @Test
    void what_is_cut_short_keeps_what_it_was_told() {
        TurnId running = accept("a", 0);
        join(draft(STEER, "b"), STEERED);
        var cancelled = new TurnEnd.Cancelled(By.USER);
        assertThat(now(store.end(here, ended(running, cancelled, Map.of(), null))))
                .isEqualTo(new TurnStore.Ending.Stored(null));
        assertThat(textsOf(running)).containsExactly("a", "b");
        assertThat(talk().running()).isNull();
    }

    @Test
    void what_no_step_can_see_any_more_is_the_next_turn() {
        TurnId running = accept("a", 0);
        Draft first = draft(STEER, "b");
        Draft second = draft(STEER, "c");
        second.key = "kc";
        Draft third = draft(STEER, "d");
        for (Draft each : List.of(first, second, third)) join(each, STEERED);
        TurnId waiting = accept(draft(ENQUEUE, "w"), 1);

        EndedTurn.Onward onward = onward();
        var seen = Map.of(first.messageId, 1);
        TurnStore.Ending ending = now(store.end(here, ended(running, STOP, seen, onward)));
        StoredTurn next = stored(onward.turn());
        assertThat(ending).isEqualTo(new TurnStore.Ending.Stored(next));
        assertThat(next.status()).isEqualTo(Status.RUNNING);
        assertThat(next.attempt()).isEqualTo(1);
        assertThat(next.head().deadlineMs()).isEqualTo(T0 + 99_000);
        assertThat(next.head().chain().root()).isEqualTo(onward.turn().value());
        assertThat(textsOf(onward.turn())).containsExactly("c", "d");
        assertThat(textsOf(running)).containsExactly("a", "b");
        assertThat(stored(running).next()).isEqualTo(onward.turn());
        assertThat(talk().waiting()).containsExactly(waiting.value());
        assertThat(talk().messages()).isEqualTo(6);
        assertThat(now(store.messages(TALK, 50, null, null)).orElseThrow().items())
                .extracting(Message::text)
                .containsExactly("a", "b", "said", "c", "d", "w");

        assertThat(submit(draft("c", "kc"))).isEqualTo(new Duplicate(onward.turn(), STEERED));
        assertThat(((Joined) submit(third)).turn()).isEqualTo(onward.turn());
        var all = Map.of(third.messageId, 1);
        assertThat(now(store.end(here, ended(onward.turn(), STOP, all, null))))
                .as("the text that it was made of is not unseen")
                .isEqualTo(new TurnStore.Ending.Stored(stored(waiting)));
        assertThat(stored(onward.turn()).next()).as("waited anyway").isNull();
    }

    @Test
    void after_a_lost_answer_the_leftovers_are_in_one_turn() {
        TurnId running = accept("a", 0);
        join(draft(STEER, "b"), STEERED);
        EndedTurn end = ended(running, STOP, Map.of(), onward());
        TurnStore.Ending ending = afterLostAnswer(() -> store.end(here, end));
        assertThat(ending).isEqualTo(new TurnStore.Ending.Stored(stored(end.onward().turn())));
        assertThat(textsOf(end.onward().turn())).containsExactly("b");
        assertThat(talk().messages()).isEqualTo(3);
    }

    @Test
    void with_nothing_left_over_there_is_no_other_turn() {
        TurnId running = accept("a", 0);
        assertThat(now(store.end(here, ended(running, STOP, Map.of(), onward()))))
                .isEqualTo(new TurnStore.Ending.Stored(null));
        assertThat(now(store.turns(TALK, 50, null)).orElseThrow().items()).hasSize(1);
    }

    @Test
    void who_takes_over_knows_which_step_saw_what() {
        TurnId running = accept("a", 0);
        Draft first = draft(STEER, "b");
        join(first, STEERED);
        join(draft(STEER, "c"), STEERED);
        TurnMemo memo = seen(3, Map.of(first.messageId, 2));
        now(store.checkpoint(here, running, memo, step(2, "two")));
        Fence there = now(store.join("there", LEASE));
        StoredTurn taken = now(store.takeOver(there, true, 10)).getFirst();
        assertThat(taken.joined()).extracting(TurnEvent.Input::step).containsExactly(2, 3);
        assertThat(taken.head().input()).extracting(Message::text).containsExactly("a");
    }
}
