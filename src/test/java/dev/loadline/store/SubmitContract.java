package dev.loadline.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import dev.loadline.core.ConversationKey;
import dev.loadline.core.ModelOptions;
import dev.loadline.core.Principal;
import dev.loadline.core.TurnId;
import dev.loadline.core.WhenBusy;
import dev.loadline.store.SubmitDecision.Accepted;
import dev.loadline.store.SubmitDecision.Busy;
import dev.loadline.store.SubmitDecision.Duplicate;
import dev.loadline.store.SubmitDecision.Elsewhere;
import dev.loadline.store.SubmitDecision.KeyReused;
import dev.loadline.store.SubmitDecision.NoConversation;
import dev.loadline.store.SubmitDecision.WaitingFull;
import dev.loadline.turn.Asked;
import dev.loadline.turn.By;
import dev.loadline.turn.Conversation;
import dev.loadline.turn.Finish;
import dev.loadline.turn.Message;
import dev.loadline.turn.Status;
import dev.loadline.turn.TurnEnd;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

/** What is decided about a submission. */
abstract class SubmitContract extends TurnStoreFixture {
    @Test
    void a_message_may_open_its_conversation_and_opens_none_if_it_is_refused() {
        var key = new ConversationKey(ANNA, "new");
        Draft draft = draft("Hello");
        draft.conversation = key;
        draft.opens = true;
        draft.mayBegin = false;
        assertThat(submit(draft)).isEqualTo(new SubmitDecision.MayNotBegin());
        assertThat(now(store.conversation(key))).isEmpty();
        draft.mayBegin = true;
        assertThat(((Accepted) submit(draft)).position()).isZero();
        assertThat(now(store.conversation(key)).orElseThrow().agent()).isEqualTo("assistant");
        assertThat(submit(draft)).as("a second try finds itself").isInstanceOf(Accepted.class);
        now(store.open(new ConversationKey(ANNA, "hers"), "other", T0));
        Draft elsewhere = draft("Hello");
        elsewhere.conversation = new ConversationKey(ANNA, "hers");
        elsewhere.opens = true;
        assertThat(submit(elsewhere)).isEqualTo(new SubmitDecision.AgentDiffers("other"));
    }

    @Test
    void the_first_runs_at_once_and_is_stored_whole() {
        Draft draft = draft("  Hello\n there ", "k1");
        draft.metadata = Map.of("b", "2", "a", "1");
        var accepted = (Accepted) submit(draft);
        StoredTurn stored = stored(draft.id);
        assertThat(accepted.position()).isZero();
        assertThat(stored.head()).isEqualTo(accepted.head());
        assertThat(stored.head().metadata()).isEqualTo(draft.metadata);
        assertThat(stored.head().input())
                .containsExactly(
                        Message.ofUser(
                                draft.messageId,
                                draft.id.value(),
                                "  Hello\n there ",
                                "2023-11-14T22:13:21.000Z",
                                "k1",
                                draft.origin));
        assertThat(stored.status()).isEqualTo(Status.RUNNING);
        assertThat(stored.attempt()).isEqualTo(1);
        assertThat(stored.node()).isEqualTo("here");
        assertThat(stored.steps()).isEmpty();
        assertThat(stored.cursor()).isEqualTo(draft.id + ".1.0.0");
        Conversation talk = now(store.conversation(TALK)).orElseThrow();
        assertThat(talk.title()).isEqualTo("Hello there");
        assertThat(talk.messages()).isEqualTo(1);
        assertThat(talk.running()).isEqualTo(draft.id.value());
        assertThat(talk.updated()).isEqualTo("2023-11-14T22:13:21.000Z");
    }

    @Test
    void the_same_insert_again_after_its_turn_has_ended_is_not_to_be_run() {
        Draft draft = draft("hello", "k1");
        assertThat(submit(draft)).isInstanceOf(Accepted.class);
        assertThat(submit(draft)).isInstanceOf(Accepted.class);
        now(store.end(here, ended(draft.id, "done", new TurnEnd.Completed(Finish.STOP))));
        assertThat(submit(draft)).isEqualTo(new Duplicate(draft.id));
    }

    @Test
    void the_next_ones_wait_in_order_and_their_view_is_queued() {
        TurnId first = accept("one", 0);
        TurnId second = accept("two", 1);
        TurnId third = accept("three", 2);
        StoredTurn waits = stored(second);
        assertThat(waits.status()).isEqualTo(Status.QUEUED);
        assertThat(waits.attempt()).isZero();
        assertThat(waits.view().attempt()).isEqualTo(1);
        assertThat(waits.view().status()).isEqualTo(Status.QUEUED);
        assertThat(waits.node()).isNull();
        assertThat(waits.cursor()).isEqualTo(second + ".1.0.0");
        Conversation talk = now(store.conversation(TALK)).orElseThrow();
        assertThat(talk.running()).isEqualTo(first.value());
        assertThat(talk.waiting()).containsExactly(second.value(), third.value());
    }

    @Test
    void at_most_so_many_wait() {
        TurnId running = accept("0", 0);
        for (int i = 1; i <= 4; i++) accept("" + i, i);
        assertThat(submit(draft("5"))).isEqualTo(new WaitingFull(running));
        assertThat(now(store.conversation(TALK)).orElseThrow().waiting()).hasSize(4);
    }

    @Test
    void reject_when_busy_but_not_when_idle() {
        Draft first = draft("one");
        first.whenBusy = WhenBusy.REJECT;
        TurnId running = accept(first, 0);
        Draft second = draft("two");
        second.whenBusy = WhenBusy.REJECT;
        assertThat(submit(second)).isEqualTo(new Busy(running));
        complete(running, "done");
        accept(second, 0);
    }

    @Test
    void without_the_conversation_there_is_nothing() {
        Draft draft = draft("hi");
        draft.conversation = new ConversationKey(ANNA, "other");
        assertThat(submit(draft)).isEqualTo(new NoConversation());
        draft.conversation = new ConversationKey(new Principal("acme", "bob"), "talk");
        assertThat(submit(draft)).as("another's").isEqualTo(new NoConversation());
    }

    @Test
    void the_same_key_and_text_is_the_same_message_also_after_the_end() {
        TurnId first = accept(draft("caf\u00e9", "k"), 0);
        assertThat(submit(draft(" cafe\u0301\n", "k"))).isEqualTo(new Duplicate(first));
        complete(first, "yes");
        assertThat(submit(draft("caf\u00e9", "k"))).isEqualTo(new Duplicate(first));
        assertThat(submit(draft("tea", "k"))).isEqualTo(new KeyReused(first));
        assertThat(now(store.messages(TALK, 50, null, null)).orElseThrow().items()).hasSize(2);
    }

    @Test
    void a_key_counts_in_its_conversation_only() {
        accept(draft("hi", "k"), 0);
        var other = new ConversationKey(ANNA, "other");
        now(store.open(other, "assistant", T0));
        Draft draft = draft("bye", "k");
        draft.conversation = other;
        accept(draft, 0);
    }

    @Test
    void an_impatient_resend_attaches() {
        TurnId first = accept("hello", 0);
        Draft again = draft("hello ");
        again.createdMs += 29_999;
        assertThat(submit(again)).isEqualTo(new Duplicate(first));
        assertThat(now(store.conversation(TALK)).orElseThrow().waiting()).isEmpty();
        again.createdMs += 1;
        accept(again, 1);
    }

    @Test
    void a_resend_is_compared_with_the_newest_turn_only() {
        accept("hello", 0);
        accept("bye", 1);
        accept("hello", 2);
    }

    @Test
    void a_mode_that_was_said_and_an_ended_turn_are_no_resend() {
        TurnId first = accept("hello", 0);
        Draft said = draft("hello");
        said.whenBusySaid = true;
        accept(said, 1);
        complete(first, "hi");
        complete(said.id, "hi");
        accept("hello", 0);
    }

    @Test
    void a_clients_own_retry_finds_what_was_completed_meanwhile() {
        Draft again = draft("hello");
        again.retried = true;
        TurnId first = accept(again, 0);
        complete(first, "hi");
        Draft retry = draft("hello");
        retry.retried = true;
        retry.createdMs += 29_999;
        assertThat(submit(retry)).isEqualTo(new Duplicate(first));
        retry.createdMs += 1;
        accept(retry, 0);
        now(store.end(here, ended(retry.id, "", new TurnEnd.Cancelled(By.USER))));
        Draft late = draft("hello");
        late.retried = true;
        late.createdMs = retry.createdMs;
        accept(late, 0); // what was cancelled is nobody's answer
    }

    @Test
    void what_the_caller_asks_for_is_kept_until_the_end() {
        Draft draft = draft("hello");
        var stop = List.of("END");
        var format = JsonNodeFactory.instance.objectNode().put("type", "json_object");
        var options = new ModelOptions(0.5, null, 7, stop, 42L, format, null, null, null, Map.of());
        draft.asked = new Asked("Rhyme.", options);
        accept(draft, 0);
        assertThat(stored(draft.id).memo().asked()).isEqualTo(draft.asked);
        TurnId plain = accept("bye", 1);
        assertThat(stored(plain).memo().asked()).isNull();
    }

    @Test
    void two_different_keys_mean_two_messages_unless_the_agent_says_attach() {
        TurnId first = accept(draft("hello", "k1"), 0);
        accept(draft("hello", "k2"), 1);
        Draft attach = draft("hello", "k3");
        attach.attach = true;
        assertThat(submit(attach)).isNotInstanceOf(Accepted.class);
        assertThat(submit(draft("hello"))).as("no key").isInstanceOf(Duplicate.class);
        assertThat(submit(draft("hello", "k1"))).isEqualTo(new Duplicate(first));
    }

    @Test
    void an_attached_resends_key_maps_to_the_turn() {
        TurnId first = accept("hello", 0);
        assertThat(submit(draft("hello", "k"))).isEqualTo(new Duplicate(first));
        complete(first, "hi");
        assertThat(submit(draft("hello", "k"))).isEqualTo(new Duplicate(first));
        assertThat(submit(draft("other", "k"))).isEqualTo(new KeyReused(first));
    }

    @Test
    void a_second_key_beside_an_attached_one_means_two() {
        accept("hello", 0);
        submit(draft("hello", "k1"));
        accept(draft("hello", "k2"), 1);
    }

    @Test
    void after_a_lost_answer_the_same_insert_finds_itself() {
        Draft first = draft("hello", "k");
        var again = (Accepted) afterLostAnswer(() -> store.submit(here, first.turn()));
        assertThat(again.position()).isZero();
        assertThat(again.head()).isEqualTo(stored(first.id).head());
        Draft second = draft("bye");
        var waits = (Accepted) afterLostAnswer(() -> store.submit(here, second.turn()));
        assertThat(waits.position()).isEqualTo(1);
        assertThat(now(store.messages(TALK, 50, null, null)).orElseThrow().items()).hasSize(2);
    }

    @Test
    void a_lost_answer_of_what_was_taken_over_since_is_a_duplicate() {
        Draft draft = draft("hello");
        submit(draft);
        Fence there = now(store.join("there", LEASE));
        now(store.takeOver(there, true, 10));
        assertThat(submit(draft)).isEqualTo(new Duplicate(draft.id));
    }

    @Test
    void another_nodes_conversation_is_elsewhere_until_it_is_idle() {
        TurnId first = accept("hello", 0);
        Fence there = now(store.join("there", LEASE));
        assertThat(now(store.submit(there, draft("bye").turn()))).isEqualTo(new Elsewhere("here"));
        complete(first, "hi");
        assertThat(now(store.submit(there, draft("bye").turn()))).isInstanceOf(Accepted.class);
        assertThat(submit(draft("more"))).isEqualTo(new Elsewhere("there"));
    }

    @Test
    void duplicates_and_refusals_are_known_on_every_node() {
        TurnId first = accept(draft("hello", "k"), 0);
        Fence there = now(store.join("there", LEASE));
        assertThat(now(store.submit(there, draft("hello", "k").turn())))
                .isEqualTo(new Duplicate(first));
        Draft reject = draft("bye");
        reject.whenBusy = WhenBusy.REJECT;
        assertThat(now(store.submit(there, reject.turn()))).isEqualTo(new Busy(first));
    }

    @Test
    void a_life_that_is_over_stores_nothing() {
        now(store.join("here", LEASE));
        assertThatThrownBy(() -> submit(draft("hello")))
                .isInstanceOfSatisfying(
                        StoreFailure.class,
                        over -> assertThat(over.kind()).isEqualTo(StoreFailure.Kind.NOT_DONE));
        assertThat(now(store.conversation(TALK)).orElseThrow().messages()).isZero();
    }

    @Test
    void nul_and_emoji_are_kept() {
        String odd = "a\u0000b \uD83D\uDE00";
        TurnId id = accept(draft(odd, "k"), 0);
        assertThat(stored(id).head().input().getFirst().text()).isEqualTo(odd);
        assertThat(submit(draft(odd, "k"))).isEqualTo(new Duplicate(id));
        assertThat(submit(draft("a\u0000c \uD83D\uDE00", "k"))).isEqualTo(new KeyReused(id));
    }

    @Test
    void a_long_title_is_cut_between_characters() {
        accept("x".repeat(79) + "\uD83D\uDE00" + "y", 0);
        assertThat(now(store.conversation(TALK)).orElseThrow().title()).isEqualTo("x".repeat(79));
    }

    @Test
    void a_cancelled_turn_that_waited_makes_room() {
        accept("0", 0);
        for (int i = 1; i <= 4; i++) accept("" + i, i);
        Draft more = draft("more");
        assertThat(submit(more)).isInstanceOf(WaitingFull.class);
        TurnId waits = new TurnId(now(store.conversation(TALK)).orElseThrow().waiting().get(1));
        var end = new TurnEnd.Completed(Finish.STOP);
        assertThat(now(store.end(here, ended(waits, "", end))))
                .isEqualTo(new TurnStore.Ending.Stored(null));
        accept(more, 4);
    }

    @Test
    void who_may_begin_nothing_may_still_send_again_what_was_taken() {
        TurnId first = accept(draft("hello", "k"), 0);
        Draft again = draft("hello", "k");
        again.mayBegin = false;
        assertThat(submit(again)).isEqualTo(new Duplicate(first));
        Draft other = draft("other", "k2");
        other.mayBegin = false;
        assertThat(submit(other)).isEqualTo(new SubmitDecision.MayNotBegin());
        assertThat(now(store.conversation(TALK)).orElseThrow().messages()).isEqualTo(1);
        other.mayBegin = true;
        accept(other, 1);
    }
}
