package dev.loadline.mailbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.WorkClass;

import org.junit.jupiter.api.Test;

import java.util.concurrent.TimeUnit;

/** Goal: classes are shed one after another, an interval apart, whichever of them is strained. */
class SheddingTest {
    private final Shedding shedding = new Shedding();

    private void strained(WorkClass workClass, int ms, WorkClass waits) {
        shedding.strained(workClass, waits::equals, TimeUnit.MILLISECONDS.toNanos(ms));
    }

    @Test
    void a_moment_in_which_a_lower_class_is_strained_does_not_hurry_the_next_step() {
        strained(WorkClass.INTERACTIVE, 100, WorkClass.BACKGROUND);
        assertThat(shedding.includes(WorkClass.BACKGROUND)).isTrue();
        strained(WorkClass.BACKGROUND, 125, WorkClass.WEBHOOK);
        strained(WorkClass.INTERACTIVE, 150, WorkClass.WEBHOOK);
        assertThat(shedding.includes(WorkClass.WEBHOOK)).isFalse();
        strained(WorkClass.INTERACTIVE, 200, WorkClass.WEBHOOK);
        assertThat(shedding.includes(WorkClass.WEBHOOK)).isTrue();
    }

    @Test
    void one_that_is_strained_itself_is_not_shed_and_its_turn_comes_anew() {
        strained(WorkClass.INTERACTIVE, 100, WorkClass.BACKGROUND);
        strained(WorkClass.INTERACTIVE, 200, WorkClass.WEBHOOK);
        assertThat(shedding.includes(WorkClass.WEBHOOK)).isTrue();
        strained(WorkClass.WEBHOOK, 210, WorkClass.WEBHOOK);
        assertThat(shedding.includes(WorkClass.WEBHOOK)).isFalse();
        assertThat(shedding.includes(WorkClass.SCHEDULED)).isTrue();
        strained(WorkClass.INTERACTIVE, 299, WorkClass.WEBHOOK);
        assertThat(shedding.includes(WorkClass.WEBHOOK)).isFalse();
        strained(WorkClass.INTERACTIVE, 300, WorkClass.WEBHOOK);
        assertThat(shedding.includes(WorkClass.WEBHOOK)).isTrue();
    }

    @Test
    void what_begins_anew_after_the_overload_begins_at_once() {
        strained(WorkClass.INTERACTIVE, 100, WorkClass.BACKGROUND);
        shedding.over();
        assertThat(shedding.includes(WorkClass.BACKGROUND)).isFalse();
        strained(WorkClass.INTERACTIVE, 110, WorkClass.BACKGROUND);
        assertThat(shedding.includes(WorkClass.BACKGROUND)).isTrue();
        assertThat(shedding.includes(WorkClass.SCHEDULED)).isFalse();
    }
}
