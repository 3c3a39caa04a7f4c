package dev.loadline.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.ConversationKey;
import dev.loadline.core.TurnId;
import dev.loadline.core.WorkClass;
import dev.loadline.turn.By;
import dev.loadline.turn.Status;
import dev.loadline.turn.TurnMemo;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Lives, leases, takeovers, hand-overs, wishes to cancel. */
abstract class OwnershipContract extends EndingContract {
    /** Expired as soon as it is given: the database's clock has no say in these tests. */
    private static final Duration GONE = Duration.ofSeconds(-1);

    private List<StoredTurn> takeOver(Fence fence) {
        return now(store.takeOver(fence, false, 10));
    }

    private static List<TurnId> ids(List<StoredTurn> turns) {
        return turns.stream().map(turn -> turn.head().id()).toList();
    }

    private ConversationKey conversation(String id) {
        var key = new ConversationKey(ANNA, id);
        now(store.open(key, "assistant", T0));
        return key;
    }

    private TurnId submitTo(ConversationKey key, WorkClass workClass, long atMs) {
        Draft draft = draft("hello");
        draft.conversation = key;
        draft.workClass = workClass;
        draft.createdMs = atMs;
        return accept(draft, 0);
    }

    @Test
    void each_life_has_the_next_epoch() {
        assertThat(here).isEqualTo(new Fence("here", 1));
        assertThat(now(store.join("here", LEASE))).isEqualTo(new Fence("here", 2));
        assertThat(now(store.join("there", LEASE))).isEqualTo(new Fence("there", 1));
        assertThat(now(store.renew(here, LEASE))).as("an old life").isFalse();
    }

    @Test
    void after_a_lost_answer_joining_gives_a_life_that_is_valid() {
        Fence fence = afterLostAnswer(() -> store.join("there", LEASE));
        assertThat(now(store.renew(fence, LEASE))).isTrue();
    }

    @Test
    void a_running_lease_is_left_alone_and_an_expired_one_is_taken_over() {
        TurnId first = accept("one", 0);
        TurnId second = accept("two", 1);
        Fence there = now(store.join("there", LEASE));
        assertThat(takeOver(there)).isEmpty();
        assertThat(now(store.renew(here, GONE))).isTrue();
        List<StoredTurn> taken = takeOver(there);
        assertThat(ids(taken)).containsExactly(first, second);
        StoredTurn running = taken.getFirst();
        assertThat(running.attempt()).isEqualTo(2);
        assertThat(running.takeovers()).isEqualTo(1);
        assertThat(running.node()).isEqualTo("there");
        assertThat(running.status()).isEqualTo(Status.RUNNING);
        assertThat(running.cursor()).isEqualTo(first + ".2.0.0");
        StoredTurn waiting = taken.getLast();
        assertThat(waiting.status()).isEqualTo(Status.QUEUED);
        assertThat(waiting.attempt()).as("its new feed has new cursors").isEqualTo(1);
        assertThat(waiting.takeovers()).isZero();
        assertThat(takeOver(there)).as("all taken").isEmpty();
    }

    @Test
    void a_renewed_lease_holds_again() {
        accept("one", 0);
        now(store.renew(here, GONE));
        now(store.renew(here, LEASE));
        assertThat(takeOver(now(store.join("there", LEASE)))).isEmpty();
    }

    @Test
    void a_new_life_takes_over_its_own_old_one_at_once() {
        TurnId first = accept("one", 0);
        Fence again = now(store.join("here", LEASE));
        assertThat(ids(takeOver(again))).containsExactly(first);
    }

    @Test
    void everything_takes_what_a_lock_proves_dead() {
        TurnId first = accept("one", 0);
        Fence there = now(store.join("there", LEASE));
        assertThat(takeOver(there)).isEmpty();
        assertThat(ids(now(store.takeOver(there, true, 10)))).containsExactly(first);
        assertThat(now(store.takeOver(there, true, 10))).as("its own").isEmpty();
    }

    @Test
    void a_hand_over_is_an_attempt_but_no_takeover_and_fences_who_left() {
        TurnId first = accept("one", 0);
        now(store.checkpoint(here, first, memo(2, 0), step(1, "one. ")));
        now(store.leave(here));
        assertThat(now(store.checkpoint(here, first, memo(3, 0), step(2, "late")))).isFalse();
        assertThat(now(store.renew(here, LEASE))).isFalse();
        Fence there = now(store.join("there", LEASE));
        StoredTurn taken = takeOver(there).getFirst();
        assertThat(taken.attempt()).isEqualTo(2);
        assertThat(taken.takeovers()).isZero();
        assertThat(taken.text()).isEqualTo("one. ");
        now(store.renew(there, GONE));
        Fence third = now(store.join("third", LEASE));
        assertThat(takeOver(third).getFirst().takeovers()).as("then it died").isEqualTo(1);
    }

    @Test
    void a_hand_over_holds_through_later_lives_of_the_node() {
        accept("one", 0);
        now(store.leave(here));
        now(store.join("here", LEASE));
        Fence third = now(store.join("here", LEASE));
        assertThat(takeOver(third).getFirst().takeovers()).isZero();
    }

    @Test
    void a_conversation_without_a_running_turn_gets_its_oldest_waiting_one_running() {
        TurnId first = accept("one", 0);
        TurnId second = accept("two", 1);
        // As a crash between two transactions of an older build might leave it.
        now(
                db().write(
                                WorkClass.CONTROL,
                                tx ->
                                        tx.run(
                                                "UPDATE turns SET status = 'queued', attempt = 0"
                                                        + " WHERE id = $1",
                                                first.value())));
        Fence again = now(store.join("here", LEASE));
        List<StoredTurn> taken = takeOver(again);
        assertThat(ids(taken)).containsExactly(first, second);
        assertThat(taken.getFirst().status()).isEqualTo(Status.RUNNING);
        assertThat(taken.getFirst().attempt()).isEqualTo(2);
        assertThat(taken.getFirst().takeovers()).isZero();
    }

    @Test
    void interactive_conversations_come_first_and_only_so_many() {
        TurnId background = submitTo(conversation("a"), WorkClass.BACKGROUND, T0 + 1);
        TurnId scheduled = submitTo(conversation("b"), WorkClass.SCHEDULED, T0 + 2);
        TurnId late = submitTo(conversation("c"), WorkClass.INTERACTIVE, T0 + 4);
        TurnId early = submitTo(conversation("d"), WorkClass.INTERACTIVE, T0 + 3);
        Fence again = now(store.join("here", LEASE));
        assertThat(ids(now(store.takeOver(again, false, 3))))
                .containsExactly(early, late, scheduled);
        assertThat(ids(now(store.takeOver(again, false, 3)))).containsExactly(background);
        assertThat(now(store.takeOver(again, false, 3))).isEmpty();
    }

    @Test
    void after_a_lost_answer_a_takeover_answers_the_same_and_counts_once() {
        TurnId first = accept("one", 0);
        Fence again = now(store.join("here", LEASE));
        List<StoredTurn> taken = afterLostAnswer(() -> store.takeOver(again, false, 10));
        assertThat(ids(taken)).containsExactly(first);
        assertThat(taken.getFirst().attempt()).isEqualTo(2);
        assertThat(takeOver(again)).as("answered now").isEmpty();
    }

    @Test
    void a_turn_of_a_newer_version_is_left_alone_with_its_conversation() {
        TurnId first = accept("one", 0);
        var newer =
                new TurnMemo(
                        TurnMemo.VERSION + 1,
                        2,
                        memo(1, 0).usage(),
                        memo(1, 0).timings(),
                        null,
                        List.of(),
                        0,
                        Map.of());
        now(store.checkpoint(here, first, newer, step(1, "one")));
        accept("two", 1);
        Fence again = now(store.join("here", LEASE));
        assertThat(now(store.takeOver(again, true, 10))).isEmpty();
        assertThat(stored(first).attempt()).isEqualTo(1);
    }

    @Test
    void a_life_that_is_over_takes_nothing() {
        accept("one", 0);
        Fence again = now(store.join("here", LEASE));
        assertThat(now(store.takeOver(here, true, 10))).isEmpty();
        now(store.leave(again));
        assertThat(now(store.takeOver(again, true, 10))).isEmpty();
    }

    @Test
    void the_owner_of_a_taken_conversation_goes_on_with_it() {
        TurnId first = accept("one", 0);
        Fence again = now(store.join("here", LEASE));
        takeOver(again);
        here = again;
        accept("two", 1);
        assertThat(complete(first, "1")).isNotNull();
        assertThat(takeOver(again)).isEmpty();
    }

    @Test
    void wishes_to_cancel_reach_the_owner_until_the_end() {
        TurnId first = accept("one", 0);
        TurnId second = accept("two", 1);
        assertThat(now(store.cancelsAsked(here))).isEmpty();
        now(store.askCancel(first, By.OPERATOR));
        now(store.askCancel(first, By.USER));
        now(store.askCancel(second, By.USER));
        assertThat(now(store.cancelsAsked(here)))
                .isEqualTo(Map.of(first, By.OPERATOR, second, By.USER));
        complete(first, "done");
        assertThat(now(store.cancelsAsked(here))).containsOnlyKeys(second);
        now(store.askCancel(first, By.USER));
        assertThat(now(store.cancelsAsked(here))).as("ended").containsOnlyKeys(second);
        Fence there = now(store.join("there", LEASE));
        assertThat(now(store.cancelsAsked(there))).isEmpty();
        now(store.takeOver(there, true, 10));
        assertThat(now(store.cancelsAsked(there))).containsOnlyKeys(second);
        assertThat(now(store.cancelsAsked(here))).isEmpty();
    }
}
