package dev.loadline.mailbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.WorkClass;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.Set;

/**
 * Goal: overload begins, ends and is shed at the right moment. Method: time is a number, just
 * before it wraps.
 */
class OverloadTest {
    private static final long MS = 1_000_000;

    private final Overload overload = new Overload(Duration.ofMillis(250).toNanos());
    private final Shedding shedding = new Shedding();
    private final Wanting wanting = new Wanting();
    private long now = Long.MAX_VALUE - 100 * MS;

    @Test
    void it_begins_when_the_queue_was_not_empty_for_an_interval() {
        overload.filled(now);
        assertThat(overload.look(now + 98 * MS, now + 99 * MS)).isFalse();
        assertThat(overload.look(now + 99 * MS, now + 100 * MS))
                .as("however fresh the oldest is")
                .isTrue();
    }

    @Test
    void an_empty_queue_begins_anew() {
        overload.filled(now);
        overload.emptied(now, now + 90 * MS);
        overload.filled(now + 91 * MS);
        assertThat(overload.look(now + 91 * MS, now + 190 * MS)).isFalse();
        assertThat(overload.look(now + 91 * MS, now + 191 * MS)).isTrue();
    }

    @Test
    void it_is_over_after_a_full_interval_with_the_oldest_under_target() {
        overload.filled(now);
        now += 100 * MS;
        assertThat(overload.look(now - 100 * MS, now)).isTrue();
        now += 60 * MS;
        assertThat(overload.look(now - 50 * MS, now)).as("over target: from here again").isTrue();
        now += 99 * MS;
        assertThat(overload.look(now - 49 * MS, now)).isTrue();
        now += MS;
        assertThat(overload.look(now - 49 * MS, now)).isFalse();
        assertThat(overload.look(now, now + 99 * MS)).isFalse();
        assertThat(overload.look(now, now + 100 * MS)).as("still not empty").isTrue();
    }

    @Test
    void a_sweep_that_never_came_is_armed_anew_and_does_not_count_any_more() {
        var sweep = new Sweep();
        assertThat(sweep.toArm(false, now)).as("nobody waits").isZero();
        assertThat(sweep.toArm(true, now)).isEqualTo(1);
        assertThat(sweep.toArm(true, now + 1_024 * MS)).as("on its way").isZero();
        assertThat(sweep.toArm(true, now + 1_025 * MS)).isEqualTo(2);
        assertThat(sweep.came(1)).isFalse();
        assertThat(sweep.toArm(true, now + 1_050 * MS)).as("the second is on its way").isZero();
        assertThat(sweep.came(2)).isTrue();
    }

    @Test
    void an_empty_queue_is_under_target() {
        overload.filled(now);
        overload.emptied(now, now + 400 * MS);
        assertThat(overload.look(0, now + 499 * MS)).isTrue();
        assertThat(overload.look(0, now + 500 * MS)).isFalse();
    }

    @Test
    void a_class_that_waits_little_has_a_target_within_what_it_waits() {
        var impatient = new Overload(Duration.ofMillis(60).toNanos());
        impatient.filled(now);
        for (int i = 0; i < 4; i++) {
            now += 100 * MS;
            assertThat(impatient.look(now - 30 * MS, now)).isTrue();
        }
    }

    @Test
    void the_lowest_that_waits_is_shed_first_and_the_next_an_interval_later() {
        var waits = Set.of(WorkClass.WEBHOOK, WorkClass.SCHEDULED);
        shedding.strained(WorkClass.INTERACTIVE, waits::contains, now);
        assertThat(shedding.includes(WorkClass.SCHEDULED)).isTrue();
        assertThat(shedding.includes(WorkClass.BACKGROUND)).as("it is lower").isTrue();
        assertThat(shedding.includes(WorkClass.WEBHOOK)).isFalse();
        shedding.strained(WorkClass.INTERACTIVE, waits::contains, now + 99 * MS);
        assertThat(shedding.includes(WorkClass.WEBHOOK)).isFalse();
        shedding.strained(WorkClass.INTERACTIVE, waits::contains, now + 100 * MS);
        assertThat(shedding.includes(WorkClass.WEBHOOK)).isTrue();
        assertThat(shedding.includes(WorkClass.INTERACTIVE)).isFalse();
        shedding.over();
        assertThat(shedding.includes(WorkClass.BACKGROUND)).isFalse();
    }

    @Test
    void if_none_waits_the_lowest_is_shed_at_the_door_and_none_for_the_lowest() {
        shedding.strained(WorkClass.BACKGROUND, workClass -> false, now);
        assertThat(shedding.includes(WorkClass.BACKGROUND)).isFalse();
        shedding.strained(WorkClass.INTERACTIVE, workClass -> false, now);
        assertThat(shedding.includes(WorkClass.BACKGROUND)).isTrue();
        assertThat(shedding.includes(WorkClass.SCHEDULED)).isFalse();
        shedding.strained(WorkClass.WEBHOOK, workClass -> false, now + 500 * MS);
        assertThat(shedding.includes(WorkClass.SCHEDULED)).isFalse();
    }

    @Test
    void a_tenant_that_found_no_slot_wants_one_until_it_has_not_come_for_ten_seconds() {
        assertThat(wanting.another("a", now)).isFalse();
        wanting.foundNone("a", now);
        assertThat(wanting.another("a", now)).as("itself").isFalse();
        assertThat(wanting.another("b", now + 9_999 * MS)).isTrue();
        assertThat(wanting.another("b", now + 10_000 * MS)).isFalse();
        wanting.asks("b", now + 1_000 * MS);
        assertThat(wanting.another("a", now + 1_000 * MS)).as("it found one").isFalse();
        wanting.asks("a", now + 9_000 * MS);
        assertThat(wanting.another("b", now + 18_999 * MS)).isTrue();
        wanting.asks("a", now + 19_000 * MS);
        assertThat(wanting.another("b", now + 19_000 * MS)).as("ten seconds later").isFalse();
    }

    @Test
    void of_several_tenants_the_latest_others_count() {
        wanting.foundNone("b", now);
        wanting.foundNone("c", now + 1_000 * MS);
        wanting.foundNone("c", now + 2_000 * MS);
        assertThat(wanting.another("c", now + 9_999 * MS)).as("b").isTrue();
        assertThat(wanting.another("c", now + 10_000 * MS)).isFalse();
        assertThat(wanting.another("b", now + 11_999 * MS)).as("c").isTrue();
        for (int i = 0; i < 1_000; i++) wanting.foundNone("t" + i, now + 3_000 * MS);
        assertThat(wanting.another("b", now + 3_000 * MS)).isTrue();
    }
}
