package dev.loadline.turn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loadline.core.ConversationKey;
import dev.loadline.core.Origin;
import dev.loadline.core.Principal;
import dev.loadline.core.TurnId;
import dev.loadline.core.Utf16;
import dev.loadline.core.WorkClass;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Goal: a cursor sees everything once, in order, whole. Method: write, read from every place, also
 * from another thread.
 */
class FeedTest {
    private static final TurnHead HEAD =
            new TurnHead(
                    new TurnId("tabc"),
                    new ConversationKey(new Principal("local", "dev"), "c"),
                    1,
                    "assistant",
                    Origin.CHAT,
                    WorkClass.INTERACTIVE,
                    List.of(
                            Message.ofUser(
                                    "m",
                                    "tabc",
                                    "hi",
                                    "2026-01-01T00:00:00.000Z",
                                    null,
                                    Origin.CHAT)),
                    0,
                    1000,
                    null,
                    Chain.rootOf("tabc"));

    private final Feed feed = new Feed(HEAD, 1, List.of());

    /** All text past a cursor, as a reader would collect it. */
    private static String textAfter(Feed feed, Cursor from) {
        var all = new StringBuilder();
        for (int i = from.entry(); i < feed.size(); i++) {
            if (feed.entry(i) instanceof Feed.Said said) {
                int offset = i == from.entry() ? from.offset() : 0;
                all.append(said.text(offset, said.length()));
            }
        }
        return all.toString();
    }

    @Test
    void every_cursor_sees_exactly_what_follows_it() {
        feed.happened(new TurnEvent.Started("n", 1));
        feed.text("Hello ");
        feed.text("w\u00f6rld \ud83d\ude00");
        feed.reasoning("hm");
        feed.text(" more");
        feed.stepEnds();
        String all = textAfter(feed, feed.start());
        assertThat(all).isEqualTo("Hello w\u00f6rld \ud83d\ude00hm more");
        Feed.Said first = (Feed.Said) feed.entry(1);
        for (int offset = 0; offset <= first.length(); offset++) {
            var cursor = new Cursor(HEAD.id(), 1, 1, offset);
            boolean insideTheEmoji = Utf16.cutBefore(all, offset) != offset;
            assertThat(feed.holds(cursor)).isNotEqualTo(insideTheEmoji);
            assertThat(textAfter(feed, cursor)).isEqualTo(all.substring(offset));
        }
        assertThat(feed.end()).isEqualTo(new Cursor(HEAD.id(), 1, 3, 5));
        assertThat(((Feed.Said) feed.entry(3)).at())
                .as("offset within the step's text")
                .isEqualTo(first.length());
    }

    @Test
    void cursors_of_another_try_or_past_the_end_are_not_held() {
        feed.text("abc");
        assertThat(feed.holds(new Cursor(HEAD.id(), 2, 0, 0))).isFalse();
        assertThat(feed.holds(new Cursor(new TurnId("tother"), 1, 0, 0))).isFalse();
        assertThat(feed.holds(new Cursor(HEAD.id(), 1, 0, 4))).isFalse();
        assertThat(feed.holds(new Cursor(HEAD.id(), 1, 2, 0))).isFalse();
        assertThat(feed.holds(new Cursor(HEAD.id(), 1, 1, 0))).isTrue();
    }

    @Test
    void a_reset_starts_the_steps_text_at_zero_again() {
        feed.text("wrong");
        feed.reset("takeover");
        feed.text("right");
        assertThat(feed.stepText()).isEqualTo("right");
        assertThat(((Feed.Said) feed.entry(2)).at()).isZero();
    }

    @Test
    void nothing_follows_the_last_event() {
        feed.happened(new TurnEvent.Cancelled(By.USER));
        assertThat(feed.over()).isTrue();
        assertThatThrownBy(() -> feed.text("more")).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void what_was_said_reads_the_same_once_its_room_is_given_back() {
        String said = "Hello w\u00f6rld \u4e16\u754c ".repeat(600);
        feed.text(said);
        feed.reasoning("hm");
        feed.stepBegins(2);
        feed.text(said.substring(0, 100));
        feed.happened(new TurnEvent.Cancelled(By.USER));
        String all = said + "hm" + said.substring(0, 100);
        assertThat(textAfter(feed, feed.start())).isEqualTo(all);
        var cursor = new Cursor(HEAD.id(), 1, 0, 4095);
        assertThat(textAfter(feed, cursor)).isEqualTo(all.substring(4095));
    }

    @Test
    void the_cursor_past_an_event_is_known_before_it_is_written() {
        feed.text("abc");
        Cursor foretold = feed.afterNextEvent();
        feed.happened(new TurnEvent.Cancelled(By.USER));
        assertThat(feed.end()).isEqualTo(foretold);
    }

    @Test
    void readers_are_woken_and_can_leave() {
        var woken = new AtomicInteger();
        Runnable wakeUp = woken::incrementAndGet;
        feed.subscribe(wakeUp);
        feed.text("a");
        feed.happened(new TurnEvent.Queued(1));
        feed.unsubscribe(wakeUp);
        feed.text("b");
        assertThat(woken).hasValue(2);
    }

    @Property(tries = 300)
    void split_anywhere_the_text_is_what_came_with_lone_halves_replaced(
            @ForAll @Size(max = 30) List<Character> chars,
            @ForAll @Size(max = 8) List<Integer> cuts) {
        var given = new StringBuilder();
        // Many halves, so that pairs and lone ones both occur.
        for (char c : chars) given.append(c % 3 == 0 ? '\ud83d' : c % 3 == 1 ? '\ude00' : 'x');
        var halves = new Feed(HEAD, 1, List.of());
        int from = 0;
        for (int cut : cuts) {
            int to = Math.min(given.length(), from + Math.floorMod(cut, 5));
            halves.text(given.substring(from, to));
            assertThat(Utf16.wellFormed(halves.stepText())).isEqualTo(halves.stepText());
            from = to;
        }
        halves.text(given.substring(from));
        halves.stepEnds();
        assertThat(halves.stepText()).isEqualTo(Utf16.wellFormed(given.toString()));
    }

    @Test
    void another_thread_reads_what_is_written_meanwhile() throws Exception {
        int deltas = 20_000;
        var seen = new AtomicReference<String>("");
        Thread reader =
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    var text = new StringBuilder();
                                    int entry = 0;
                                    int offset = 0;
                                    while (true) {
                                        boolean over = feed.over();
                                        int size = feed.size();
                                        while (entry < size) {
                                            if (feed.entry(entry) instanceof Feed.Said said) {
                                                int length = said.length();
                                                text.append(said.text(offset, length));
                                                offset = length;
                                                if (entry == size - 1) break;
                                                text.append(
                                                        said.text(
                                                                offset,
                                                                said.length())); // what came
                                                // before the
                                                // next entry
                                            }
                                            entry++;
                                            offset = 0;
                                        }
                                        if (over) break;
                                        Thread.onSpinWait();
                                    }
                                    seen.set(text.toString());
                                });
        var written = new StringBuilder();
        for (int i = 0; i < deltas; i++) {
            String delta = i % 50 == 0 ? "\u20ac" + i : " w" + i;
            written.append(delta);
            if (i % 997 == 0) feed.reasoning(delta);
            else feed.text(delta);
        }
        feed.happened(new TurnEvent.Cancelled(By.USER));
        reader.join(20_000);
        assertThat(seen.get()).isEqualTo(written.toString());
    }
}
