package dev.loadline.context;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.ManualTime;
import dev.loadline.core.Principal;

import org.junit.jupiter.api.Test;

import java.util.List;

/** Goal: however much comes too late, only so much of it is held. Method: more than that. */
class LateItemsTest {
    private final ManualTime time = new ManualTime();
    private final LateItems late = new LateItems(time);

    @Test
    void the_oldest_of_too_many_are_forgotten() {
        for (int i = 0; i <= LateItems.ENTRIES_MAX; i++) keep(i, "x");
        assertThat(late.any(of(0))).isNull();
        assertThat(late.any(of(1))).isNotNull();
        assertThat(late.any(of(LateItems.ENTRIES_MAX))).isNotNull();
    }

    @Test
    void the_oldest_of_too_much_are_forgotten_and_a_newer_answer_takes_the_place_of_the_older() {
        String quarter = "x".repeat(LateItems.UNITS_MAX / 4);
        for (int i = 0; i < 8; i++) keep(0, quarter);
        for (int i = 1; i < 4; i++) keep(i, quarter);
        assertThat(late.any(of(0))).isNull();
        for (int i = 1; i < 4; i++) assertThat(late.any(of(i))).isNotNull();
    }

    private void keep(int user, String text) {
        late.keep(of(user), List.of(new ContextItem("", text)));
    }

    private Asking of(int user) {
        return SourceWorld.asking(new Principal("acme", "u" + user), "q", time);
    }
}
