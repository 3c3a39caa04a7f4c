package dev.loadline.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.ConversationKey;
import dev.loadline.core.Principal;
import dev.loadline.core.TurnId;
import dev.loadline.turn.Conversation;
import dev.loadline.turn.Message;
import dev.loadline.turn.Page;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

/** Conversations opened and listed; messages, turns and history in pages. */
abstract class PagesContract extends OwnershipContract {
    /** {@code n} ended turns, each with a question and an answer. */
    private List<TurnId> say(int n) {
        var turns = new ArrayList<TurnId>();
        for (int i = 0; i < n; i++) {
            turns.add(accept("q" + i, 0));
            complete(turns.getLast(), "a" + i);
        }
        return turns;
    }

    private Page<Message> page(int limit, String before, String after) {
        return now(store.messages(TALK, limit, before, after)).orElseThrow();
    }

    private static List<String> texts(Page<Message> page) {
        return page.items().stream().map(Message::text).toList();
    }

    @Test
    void a_conversation_is_created_once() {
        var key = new ConversationKey(ANNA, "new");
        TurnStore.Opened created = now(store.open(key, "assistant", T0 + 7));
        assertThat(created)
                .isEqualTo(
                        new TurnStore.Opened.Created(
                                new Conversation(
                                        "new",
                                        "assistant",
                                        "2023-11-14T22:13:20.007Z",
                                        "2023-11-14T22:13:20.007Z",
                                        0,
                                        null,
                                        List.of(),
                                        null)));
        assertThat(now(store.open(key, "assistant", T0 + 8)))
                .isInstanceOf(TurnStore.Opened.Existed.class);
        assertThat(now(store.open(key, "other", T0 + 9)))
                .isEqualTo(new TurnStore.Opened.AgentDiffers("assistant"));
        assertThat(
                        now(
                                store.open(
                                        new ConversationKey(new Principal("acme", "bob"), "new"),
                                        "x",
                                        T0)))
                .as("another principal's own")
                .isInstanceOf(TurnStore.Opened.Created.class);
    }

    @Test
    void after_a_lost_answer_it_was_still_created() {
        var key = new ConversationKey(ANNA, "new");
        assertThat(afterLostAnswer(() -> store.open(key, "assistant", T0 + 7)))
                .isInstanceOf(TurnStore.Opened.Created.class);
    }

    @Test
    void conversations_come_newest_first_a_page_at_a_time() {
        for (int i = 0; i < 5; i++) {
            now(store.open(new ConversationKey(ANNA, "c" + i), "assistant", T0 + 10 + i / 2));
        }
        now(store.open(new ConversationKey(new Principal("acme", "bob"), "his"), "x", T0 + 99));
        TurnId running = accept("hi", 0);
        Page<Conversation> first = now(store.conversations(ANNA, 4, null)).orElseThrow();
        assertThat(first.items())
                .extracting(Conversation::id)
                .containsExactly("c4", "c3", "c2", "c1");
        assertThat(first.next()).isEqualTo("c1");
        Page<Conversation> rest = now(store.conversations(ANNA, 4, "c1")).orElseThrow();
        assertThat(rest.items()).extracting(Conversation::id).containsExactly("c0", "talk");
        assertThat(rest.next()).isNull();
        assertThat(rest.items().getLast().running()).isEqualTo(running.value());
        assertThat(now(store.conversations(ANNA, 4, "his"))).isEmpty();
        assertThat(now(store.conversations(new Principal("acme", "eve"), 4, null)).orElseThrow())
                .isEqualTo(new Page<>(List.of(), null, null));
    }

    @Test
    void messages_without_a_cursor_are_the_newest_in_order() {
        say(3);
        Page<Message> all = page(50, null, null);
        assertThat(texts(all)).containsExactly("q0", "a0", "q1", "a1", "q2", "a2");
        assertThat(all.next()).isNull();
        assertThat(all.prev()).isNull();
        Page<Message> newest = page(3, null, null);
        assertThat(texts(newest)).containsExactly("a1", "q2", "a2");
        assertThat(newest.next()).isNull();
        assertThat(newest.prev()).isEqualTo(newest.items().getFirst().id());
    }

    @Test
    void long_messages_and_turns_make_short_pages_that_lead_on() {
        String text = "x".repeat(200_000); // five of them are on a page, six are too many
        var turns = new ArrayList<TurnId>();
        for (int i = 0; i < 7; i++) {
            turns.add(accept("q" + i, 0));
            complete(turns.getLast(), i + text);
        }
        Page<Message> newest = page(50, null, null);
        assertThat(newest.items()).hasSize(10);
        assertThat(newest.prev()).isEqualTo(newest.items().getFirst().id());
        Page<Message> before = page(50, newest.prev(), null);
        assertThat(before.items()).hasSize(4);
        assertThat(before.prev()).isNull();
        Page<Message> after = page(50, null, before.items().getFirst().id());
        assertThat(after.items()).hasSize(10);
        assertThat(after.next()).isEqualTo(after.items().getLast().id());
        var first = now(store.turns(TALK, 50, null)).orElseThrow();
        assertThat(first.items()).hasSize(5);
        assertThat(first.next()).isEqualTo(turns.get(2).value());
        var rest = now(store.turns(TALK, 50, first.next())).orElseThrow();
        assertThat(rest.items()).hasSize(2);
        assertThat(rest.next()).isNull();
    }

    @Test
    void pages_lead_back_to_the_start_and_forward_to_the_end() {
        say(4);
        for (int limit = 1; limit <= 9; limit++) {
            Page<Message> page = page(limit, null, null);
            var back = new ArrayList<>(page.items());
            while (page.prev() != null) {
                page = page(limit, page.prev(), null);
                assertThat(page.next()).isEqualTo(page.items().getLast().id());
                back.addAll(0, page.items());
            }
            assertThat(back).as("limit " + limit).isEqualTo(page(50, null, null).items());
            var forward = new ArrayList<>(page.items());
            while (page.next() != null) {
                page = page(limit, null, page.next());
                assertThat(page.prev()).isEqualTo(page.items().getFirst().id());
                forward.addAll(page.items());
            }
            assertThat(forward).as("limit " + limit).isEqualTo(back);
        }
    }

    @Test
    void polling_after_the_last_message_gives_what_is_new() {
        say(1);
        String last = page(50, null, null).items().getLast().id();
        assertThat(page(50, null, last)).isEqualTo(new Page<>(List.of(), null, null));
        accept("new", 0);
        assertThat(texts(page(50, null, last))).containsExactly("new");
    }

    @Test
    void an_answer_stands_behind_its_own_question_however_late_it_comes() {
        TurnId first = accept("q0", 0);
        TurnId second = accept("q1", 1);
        complete(first, "a0");
        complete(second, "a1");
        assertThat(texts(page(50, null, null))).containsExactly("q0", "a0", "q1", "a1");
    }

    @Test
    void a_foreign_cursor_is_none() {
        say(1);
        var other = new ConversationKey(ANNA, "other");
        now(store.open(other, "assistant", T0));
        String id = page(50, null, null).items().getFirst().id();
        assertThat(now(store.messages(other, 50, id, null))).isEmpty();
        assertThat(now(store.messages(TALK, 50, null, "nonsense"))).isEmpty();
        assertThat(now(store.turns(other, 50, stored(accept("x", 0)).head().id().value())))
                .isEmpty();
        assertThat(now(store.turns(TALK, 50, "nonsense"))).isEmpty();
    }

    @Test
    void turns_come_newest_first_without_steps() {
        List<TurnId> turns = say(5);
        TurnId running = accept("now", 0);
        now(store.checkpoint(here, running, memo(2, 0), step(1, "so far")));
        Page<StoredTurn> first = now(store.turns(TALK, 4, null)).orElseThrow();
        assertThat(first.items())
                .extracting(turn -> turn.head().id())
                .containsExactly(running, turns.get(4), turns.get(3), turns.get(2));
        assertThat(first.next()).isEqualTo(turns.get(2).value());
        assertThat(first.items()).allMatch(turn -> turn.steps() == null);
        assertThat(first.items())
                .extracting(StoredTurn::text)
                .containsExactly("so far", "a4", "a3", "a2");
        Page<StoredTurn> rest = now(store.turns(TALK, 4, first.next())).orElseThrow();
        assertThat(rest.items())
                .extracting(turn -> turn.head().id())
                .containsExactly(turns.get(1), turns.get(0));
        assertThat(rest.next()).isNull();
    }

    @Test
    void history_is_what_earlier_turns_said_up_to_so_many_characters() {
        say(3);
        TurnId id = accept("now", 0);
        accept("later", 1);
        long seq = stored(id).head().seq();
        assertThat(history(seq, 1000)).containsExactly("q0", "a0", "q1", "a1", "q2", "a2");
        assertThat(history(seq, 6)).containsExactly("a1", "q2", "a2");
        assertThat(history(seq, 7)).containsExactly("a1", "q2", "a2");
        assertThat(history(seq, 0)).as("at least one").containsExactly("a2");
        assertThat(history(seq + 1, 5)).containsExactly("a2", "now");
        assertThat(history(1, 1000)).as("before the first").isEmpty();
    }

    private List<String> history(long seq, int charsMax) {
        return now(store.history(TALK, seq, charsMax)).stream().map(Message::text).toList();
    }

    @Test
    void a_long_history_is_read_to_its_end() {
        say(40);
        TurnId id = accept("now", 0);
        assertThat(history(stored(id).head().seq(), 1_000_000)).hasSize(80).startsWith("q0", "a0");
        assertThat(history(stored(id).head().seq(), 150)).hasSize(50).endsWith("q39", "a39");
    }
}
