package dev.loadline.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.ConversationKey;
import dev.loadline.core.Origin;
import dev.loadline.core.Principal;
import dev.loadline.core.TurnId;
import dev.loadline.core.WorkClass;
import dev.loadline.turn.Chain;
import dev.loadline.turn.Feed;
import dev.loadline.turn.TurnHead;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Goal: who watches a conversation hears of its turns and of no others, and leaves nothing. */
class FeedsTest {
    private final Feeds feeds = new Feeds();

    private static ConversationKey key(String id) {
        return new ConversationKey(new Principal("acme", "ann"), id);
    }

    private void enters(String conversation, String turn) {
        var head =
                new TurnHead(
                        new TurnId(turn),
                        key(conversation),
                        1,
                        "assistant",
                        Origin.CHAT,
                        WorkClass.INTERACTIVE,
                        List.of(),
                        0,
                        0,
                        null,
                        Chain.rootOf(turn));
        feeds.hold(new Feed(head, 1), 0);
    }

    @Test
    void a_watch_hears_of_its_conversations_turns_until_it_is_closed() {
        List<String> heard = new ArrayList<>();
        Consumer<TurnId> listener = turn -> heard.add(turn.value());
        enters("c1", "before");
        Turns.Watch one = feeds.watch(key("c1"), listener, () -> heard.add("deleted"));
        Turns.Watch same = feeds.watch(key("c1"), listener, () -> heard.add("deleted"));
        Turns.Watch other =
                feeds.watch(
                        key("c2"),
                        turn -> heard.add("other " + turn.value()),
                        () -> heard.add("other deleted"));
        enters("c1", "t1");
        enters("c2", "t2");
        assertThat(heard).containsExactly("t1", "t1", "other t2");
        feeds.forget(key("c2"));
        assertThat(heard.removeLast()).isEqualTo("other deleted");
        one.close();
        one.close();
        enters("c1", "t3");
        assertThat(heard).endsWith("t3").hasSize(4);
        same.close();
        other.close();
        enters("c1", "t4");
        assertThat(heard).hasSize(4);
        assertThat(feeds.watched()).isZero();
    }
}
