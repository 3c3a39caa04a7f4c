package dev.loadline.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Principal;
import dev.loadline.core.Problem;
import dev.loadline.core.TurnId;
import dev.loadline.turn.By;
import dev.loadline.turn.CallStatus;
import dev.loadline.turn.Conversation;
import dev.loadline.turn.Finish;
import dev.loadline.turn.Message;
import dev.loadline.turn.Status;
import dev.loadline.turn.Turn;
import dev.loadline.turn.TurnEnd;

import org.junit.jupiter.api.Test;

import java.util.List;

/** Checkpoints, outcomes, what runs next, fencing, deletion, retention. */
abstract class EndingContract extends SubmitContract {
    private static final TurnEnd STOP = new TurnEnd.Completed(Finish.STOP);

    private Fence taker() {
        Fence there = now(store.join("there", LEASE));
        assertThat(now(store.takeOver(there, true, 10))).isNotEmpty();
        return there;
    }

    private List<Message> messages() {
        return now(store.messages(TALK, 50, null, null)).orElseThrow().items();
    }

    @Test
    void a_completed_turn_is_stored_whole_and_says_one_message() {
        TurnId id = accept("hello", 0);
        assertThat(complete(id, "hi there")).isNull();
        StoredTurn turn = stored(id);
        assertThat(turn.status()).isEqualTo(Status.COMPLETED);
        assertThat(turn.end()).isEqualTo(STOP);
        assertThat(turn.text()).isEqualTo("hi there");
        assertThat(turn.cursor()).isEqualTo(id + ".1.9.0");
        assertThat(turn.steps()).containsExactly(step(1, "hi there"));
        assertThat(turn.memo()).isEqualTo(memo(1, 0));
        assertThat(turn.endedMs()).isEqualTo(T0 + 5000);
        Turn view = turn.view();
        assertThat(view.answer()).isEqualTo("hi there");
        assertThat(view.finish()).isEqualTo(Finish.STOP);
        assertThat(view.ended()).isEqualTo("2023-11-14T22:13:25.000Z");
        Message said = messages().getLast();
        assertThat(said.role()).isEqualTo(Message.Role.ASSISTANT);
        assertThat(said.id()).isEqualTo("m-" + id);
        assertThat(said.turn()).isEqualTo(id.value());
        assertThat(said.cut()).isNull();
        assertThat(said.calls()).isNull();
        assertThat(said.degraded()).containsExactly("memory");
        Conversation talk = now(store.conversation(TALK)).orElseThrow();
        assertThat(talk.running()).isNull();
        assertThat(talk.messages()).isEqualTo(2);
        assertThat(talk.updated()).isEqualTo("2023-11-14T22:13:25.000Z");
    }

    @Test
    void what_failed_or_was_cancelled_keeps_what_it_said_as_cut() {
        TurnId failed = accept("one", 0);
        var problem = Problem.dependency("model:x", "timeout", "no event").withRetryAfterMs(5);
        now(store.end(here, ended(failed, "half", new TurnEnd.Failed(problem))));
        TurnId cancelled = accept("two", 0);
        now(store.end(here, ended(cancelled, "", new TurnEnd.Cancelled(By.USER))));
        assertThat(stored(failed).view().problem()).isEqualTo(problem);
        assertThat(stored(failed).text()).isEqualTo("half");
        assertThat(stored(failed).view().answer()).isNull();
        assertThat(stored(cancelled).view().cancelledBy()).isEqualTo(By.USER);
        assertThat(stored(cancelled).text()).isEmpty();
        assertThat(messages()).extracting(Message::text).containsExactly("one", "half", "two");
        assertThat(messages().get(1).cut()).isTrue();
    }

    @Test
    void the_one_that_waited_longest_runs_next() {
        TurnId first = accept("one", 0);
        TurnId second = accept("two", 1);
        TurnId third = accept("three", 2);
        StoredTurn next = complete(first, "1");
        assertThat(next.head().id()).isEqualTo(second);
        assertThat(next.status()).isEqualTo(Status.RUNNING);
        assertThat(next.attempt()).isEqualTo(1);
        assertThat(next.takeovers()).isZero();
        assertThat(next.node()).isEqualTo("here");
        assertThat(next).isEqualTo(stored(second));
        assertThat(complete(second, "2").head().id()).isEqualTo(third);
        assertThat(complete(third, "3")).isNull();
    }

    @Test
    void the_end_of_a_waiting_turn_lets_the_running_one_run() {
        TurnId first = accept("one", 0);
        TurnId second = accept("two", 1);
        TurnId third = accept("three", 2);
        now(store.end(here, ended(second, "", new TurnEnd.Cancelled(By.USER))));
        assertThat(stored(first).status()).isEqualTo(Status.RUNNING);
        assertThat(stored(third).status()).isEqualTo(Status.QUEUED);
        assertThat(complete(first, "1").head().id()).isEqualTo(third);
    }

    @Test
    void after_a_lost_answer_the_end_answers_the_same_and_counts_once() {
        TurnId first = accept("one", 0);
        TurnId second = accept("two", 1);
        TurnStore.Ending ending = afterLostAnswer(() -> store.end(here, ended(first, "1", STOP)));
        assertThat(ending).isEqualTo(new TurnStore.Ending.Stored(stored(second)));
        Conversation talk = now(store.conversation(TALK)).orElseThrow();
        assertThat(talk.messages()).isEqualTo(3);
        assertThat(talk.running()).isEqualTo(second.value());
        assertThat(talk.waiting()).isEmpty();
        assertThat(afterLostAnswer(() -> store.end(here, ended(second, "2", STOP))))
                .isEqualTo(new TurnStore.Ending.Stored(null));
    }

    private static EndedTurn charged(EndedTurn end, long endedMs, long tokens) {
        return new EndedTurn(
                end.turn(),
                end.end(),
                end.memo(),
                end.lastStep(),
                end.text(),
                end.messageId(),
                end.cursor(),
                endedMs,
                end.onward(),
                tokens);
    }

    @Test
    void tokens_are_charged_with_the_outcome_and_once() {
        TokenUse use = TokenUse.in(db());
        long day = TokenUse.dayOf(T0);
        TurnId first = accept("one", 0);
        EndedTurn end = charged(ended(first, "1", STOP), T0, 15);
        afterLostAnswer(() -> store.end(here, end));
        now(store.end(here, end));
        assertThat(now(use.used(TALK.principal(), day))).isEqualTo(15);
        TurnId second = accept("two", 0);
        now(store.end(here, charged(ended(second, "2", STOP), T0, 20)));
        TurnId late = accept("three", 0);
        now(store.end(here, charged(ended(late, "3", STOP), T0 + 86_400_000, 7)));
        now(use.add(TALK.principal(), day, 100));
        assertThat(now(use.used(TALK.principal(), day))).isEqualTo(135);
        assertThat(now(use.used(TALK.principal(), day + 1))).isEqualTo(7);
        assertThat(now(use.used(new Principal("acme", "other"), day))).isZero();
        now(use.forget(day + 1));
        assertThat(now(use.used(TALK.principal(), day))).isZero();
        assertThat(now(use.used(TALK.principal(), day + 1))).isEqualTo(7);
    }

    @Test
    void an_old_owner_charges_nothing() {
        TurnId id = accept("hello", 0);
        taker();
        now(store.end(here, charged(ended(id, "stale", STOP), T0, 15)));
        assertThat(now(TokenUse.in(db()).used(TALK.principal(), TokenUse.dayOf(T0)))).isZero();
    }

    @Test
    void a_checkpoint_keeps_the_step_and_counts_takeovers_anew() {
        TurnId id = accept("hello", 0);
        Fence there = taker();
        assertThat(stored(id).takeovers()).isEqualTo(1);
        assertThat(now(store.checkpoint(there, id, memo(2, 0), step(1, "let me see", call("c1")))))
                .isTrue();
        StoredTurn turn = stored(id);
        assertThat(turn.takeovers()).isZero();
        assertThat(turn.attempt()).isEqualTo(2);
        assertThat(turn.memo()).isEqualTo(memo(2, 0));
        assertThat(turn.text()).isEqualTo("let me see");
        assertThat(turn.steps()).containsExactly(step(1, "let me see", call("c1")));
        assertThat(turn.status()).isEqualTo(Status.RUNNING);
    }

    @Test
    void calls_of_all_steps_stand_in_the_message_and_the_answer_is_the_last_steps() {
        TurnId id = accept("hello", 0);
        now(store.checkpoint(here, id, memo(2, 0), step(1, "first. ", call("c1"), call("c2"))));
        EndedTurn end =
                new EndedTurn(
                        id,
                        STOP,
                        memo(2, 7),
                        step(2, "last"),
                        "first. last",
                        "m",
                        "c",
                        T0 + 9000,
                        null,
                        0);
        now(store.end(here, end));
        assertThat(messages().getLast().calls())
                .containsExactly(
                        new Message.CallSummary("c1", "time", CallStatus.OK),
                        new Message.CallSummary("c2", "time", CallStatus.OK));
        assertThat(stored(id).view().answer()).isEqualTo("last");
        assertThat(stored(id).steps()).hasSize(2);
    }

    @Test
    void after_a_lost_answer_a_checkpoint_is_the_same() {
        TurnId id = accept("hello", 0);
        assertThat(afterLostAnswer(() -> store.checkpoint(here, id, memo(2, 0), step(1, "one"))))
                .isTrue();
        assertThat(stored(id).steps()).hasSize(1);
    }

    @Test
    void writes_of_an_old_owner_change_nothing() {
        TurnId id = accept("hello", 0);
        taker();
        StoredTurn before = stored(id);
        assertThat(now(store.checkpoint(here, id, memo(2, 0), step(1, "stale")))).isFalse();
        assertThat(now(store.end(here, ended(id, "stale", STOP))))
                .isEqualTo(new TurnStore.Ending.Fenced());
        assertThat(stored(id)).isEqualTo(before);
        assertThat(messages()).hasSize(1);
    }

    @Test
    void an_old_life_of_the_same_node_is_fenced_too() {
        TurnId id = accept("hello", 0);
        Fence again = now(store.join("here", LEASE));
        now(store.takeOver(again, true, 10));
        assertThat(now(store.end(here, ended(id, "stale", STOP))))
                .isEqualTo(new TurnStore.Ending.Fenced());
        assertThat(now(store.end(again, ended(id, "fresh", STOP))))
                .isInstanceOf(TurnStore.Ending.Stored.class);
        assertThat(stored(id).text()).isEqualTo("fresh");
    }

    @Test
    void an_ended_turn_takes_no_checkpoint() {
        TurnId id = accept("hello", 0);
        complete(id, "done");
        assertThat(now(store.checkpoint(here, id, memo(2, 0), step(1, "late")))).isFalse();
        assertThat(stored(id).text()).isEqualTo("done");
    }

    @Test
    void a_deleted_conversation_is_gone_with_all_that_was_in_it() {
        TurnId done = accept(draft("one", "k"), 0);
        complete(done, "1");
        TurnId running = accept("two", 0);
        TurnId waiting = accept("three", 1);
        assertThat(now(store.delete(TALK)).orElseThrow()).containsExactly(running, waiting);
        assertThat(now(store.conversation(TALK))).isEmpty();
        assertThat(now(store.turn(done))).isEmpty();
        assertThat(now(store.delete(TALK))).isEmpty();
        assertThat(now(store.end(here, ended(running, "late", STOP))))
                .isEqualTo(new TurnStore.Ending.Fenced());
        assertThat(now(store.checkpoint(here, running, memo(2, 0), step(1, "")))).isFalse();
        for (String table : List.of("turns", "messages", "steps", "submit_keys")) {
            Rows rows = now(db().read(tx -> tx.run("SELECT COUNT(*) FROM " + table)));
            assertThat(rows.first().number(0)).as(table).isZero();
        }
        now(store.open(TALK, "assistant", T0));
        accept(draft("other", "k"), 0);
    }

    @Test
    void after_a_lost_answer_a_deletion_still_names_the_turns_it_ended() {
        TurnId running = accept("two", 0);
        assertThat(afterLostAnswer(() -> store.delete(TALK)).orElseThrow())
                .containsExactly(running);
        assertThat(now(store.delete(TALK))).isEmpty();
    }

    @Test
    void retention_deletes_steps_and_context_and_keeps_the_rest() {
        TurnId old = accept("one", 0);
        complete(old, "1");
        TurnId running = accept("two", 0);
        now(store.checkpoint(here, running, memo(2, 0), step(1, "kept")));
        assertThat(now(store.retain(T0 + 5000, 10))).as("not old enough").isZero();
        assertThat(now(store.retain(T0 + 5001, 10))).isEqualTo(1);
        assertThat(now(store.retain(T0 + 5001, 10))).as("again").isZero();
        StoredTurn turn = stored(old);
        assertThat(turn.steps()).isNull();
        assertThat(turn.memo().context()).isNull();
        assertThat(turn.memo().usage()).isEqualTo(memo(1, 0).usage());
        assertThat(turn.text()).isEqualTo("1");
        assertThat(stored(running).steps()).hasSize(1);
    }

    @Test
    void retention_takes_only_so_many_oldest_first() {
        for (int i = 0; i < 5; i++) complete(accept("" + i, 0), "x");
        assertThat(now(store.retain(T0 + 9000, 3))).isEqualTo(3);
        assertThat(now(store.retain(T0 + 9000, 3))).isEqualTo(2);
    }
}
