package dev.loadline.turn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.ConversationKey;
import dev.loadline.core.Origin;
import dev.loadline.core.Principal;
import dev.loadline.core.TurnId;
import dev.loadline.core.WorkClass;

import org.junit.jupiter.api.Test;

import java.util.List;

/**
 * Goal: the fold of a feed is what a client holds that has read it. Method: feeds written by hand,
 * folded at chosen cursors.
 */
class SpokenTest {
    private final Feed feed =
            new Feed(
                    new TurnHead(
                            new TurnId("t1"),
                            new ConversationKey(new Principal("local", "dev"), "c1"),
                            1,
                            "assistant",
                            Origin.CHAT,
                            WorkClass.INTERACTIVE,
                            List.of(),
                            0,
                            0,
                            null,
                            Chain.rootOf("t1")),
                    1);

    @Test
    void steps_are_joined_and_the_answer_is_the_last_ones() {
        feed.happened(new TurnEvent.Started("n1", 1));
        feed.reasoning("think");
        feed.text("one ");
        feed.happened(new TurnEvent.Queued(1));
        feed.text("more ");
        feed.stepBegins(2);
        feed.text("two");
        Spoken spoken = Spoken.upTo(feed, feed.end());
        assertThat(spoken.text()).isEqualTo("one more two");
        assertThat(spoken.answer()).isEqualTo("two");
        assertThat(spoken.steps())
                .containsExactly(
                        new Spoken.StepText(1, "one more ", "think"),
                        new Spoken.StepText(2, "two", ""));
    }

    @Test
    void a_cursor_in_the_midst_of_a_text_cuts_it() {
        feed.text("abcdef");
        Cursor middle = new Cursor(new TurnId("t1"), 1, 0, 3);
        assertThat(Spoken.upTo(feed, middle).text()).isEqualTo("abc");
        assertThat(Spoken.upTo(feed, feed.start()).text()).isEmpty();
    }

    @Test
    void a_reset_voids_its_step_and_no_other() {
        feed.text("kept ");
        feed.stepBegins(2);
        feed.text("void");
        feed.reasoning("void, too");
        Cursor before = feed.end();
        feed.reset("retry");
        feed.text("said");
        assertThat(Spoken.upTo(feed, before).text()).isEqualTo("kept void");
        assertThat(Spoken.upTo(feed, feed.end()).text()).isEqualTo("kept said");
        assertThat(Spoken.upTo(feed, feed.end()).steps().getLast().reasoning()).isEmpty();
    }

    @Test
    void a_last_step_that_said_nothing_has_no_answer() {
        feed.text("let me look");
        feed.stepBegins(2);
        Spoken spoken = Spoken.upTo(feed, feed.end());
        assertThat(spoken.text()).isEqualTo("let me look");
        assertThat(spoken.answer()).isEmpty();
    }
}
