package dev.loadline.mailbox;

import static dev.loadline.core.WorkClass.BACKGROUND;
import static dev.loadline.core.WorkClass.CONTROL;
import static dev.loadline.core.WorkClass.INTERACTIVE;
import static dev.loadline.core.WorkClass.SCHEDULED;
import static dev.loadline.core.WorkClass.WEBHOOK;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.WorkClass;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Duration;
import java.util.Map;

/** Goal: each class has exactly its share. Method: the numbers. */
class SharesTest {
    private static Shares of(int capacity, int concurrency) {
        return new Shares(new MailboxPolicy(capacity, concurrency, Map.of()));
    }

    @ParameterizedTest
    @CsvSource({"INTERACTIVE,100", "WEBHOOK,85", "SCHEDULED,70", "BACKGROUND,50"})
    void a_class_is_let_in_while_the_queue_is_less_full_than_its_share(
            WorkClass workClass, int share) {
        Shares shares = of(100, 1);
        assertThat(shares.hasPlace(workClass, share - 1, 0)).isTrue();
        assertThat(shares.hasPlace(workClass, share, 0)).isFalse();
        assertThat(shares.shut(workClass, share / 100.0)).isTrue();
        assertThat(shares.shut(workClass, (share - 1) / 100.0)).isFalse();
        assertThat(of(1, 1).hasPlace(workClass, 0, 0)).as("the smallest queue").isTrue();
    }

    @Test
    void control_has_a_twentieth_of_its_own_and_fills_it_first() {
        Shares shares = of(100, 1);
        assertThat(shares.hasPlace(CONTROL, 104, 4)).isTrue();
        assertThat(shares.hasPlace(CONTROL, 105, 5)).isFalse();
        assertThat(shares.hasPlace(INTERACTIVE, 104, 5)).isTrue();
        assertThat(shares.hasPlace(INTERACTIVE, 104, 4)).isFalse();
        assertThat(shares.hasPlace(INTERACTIVE, 104, 9)).as("5 beyond its own").isTrue();
        assertThat(shares.shut(CONTROL, 1)).isFalse();
    }

    @Test
    void a_full_queue_is_full_to_a_person_and_over_its_share_to_the_others() {
        assertThat(of(1, 1).full(INTERACTIVE)).isEqualTo(Refusal.FULL);
        assertThat(of(1, 1).full(WEBHOOK)).isEqualTo(Refusal.SHARE);
        var inside = new Shares(MailboxPolicy.untilDeadline(10, 1));
        assertThat(inside.full(BACKGROUND)).isEqualTo(Refusal.FULL);
        assertThat(inside.hasPlace(BACKGROUND, 9, 0)).isTrue();
        assertThat(inside.shut(BACKGROUND, 1)).isFalse();
        assertThat(inside.slots(BACKGROUND)).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1,1,1, 1,1,1",
        "2, 1,1,1, 2,2,1",
        "3, 2,1,1, 3,2,1",
        "4, 3,2,1, 3,2,1",
        "20, 15,10,5, 15,10,5",
        "2000, 1500,1000,500, 1500,1000,500"
    })
    void slots_of_a_class_and_of_it_with_those_below(
            int concurrency, int w, int s, int b, int wAll, int sAll, int bAll) {
        Shares shares = of(1, concurrency);
        assertThat(shares.slots(INTERACTIVE)).isEqualTo(concurrency);
        assertThat(shares.slotsWithLower(CONTROL)).isEqualTo(concurrency);
        assertThat(shares.slots(WEBHOOK)).isEqualTo(w);
        assertThat(shares.slots(SCHEDULED)).isEqualTo(s);
        assertThat(shares.slots(BACKGROUND)).isEqualTo(b);
        assertThat(shares.slotsWithLower(WEBHOOK)).isEqualTo(wAll);
        assertThat(shares.slotsWithLower(SCHEDULED)).isEqualTo(sAll);
        assertThat(shares.slotsWithLower(BACKGROUND)).isEqualTo(bAll);
    }

    @Test
    void at_the_door_each_class_waits_as_long_as_it_is_of_use() {
        assertThat(MailboxPolicy.admission(1, 1, Duration.ofMillis(250)).waits())
                .containsOnly(
                        Map.entry(INTERACTIVE, Duration.ofMillis(250)),
                        Map.entry(WEBHOOK, Duration.ofSeconds(1)),
                        Map.entry(SCHEDULED, Duration.ofSeconds(30)),
                        Map.entry(BACKGROUND, Duration.ofSeconds(30)));
    }

    @Test
    void half_is_for_a_tenant() {
        assertThat(of(9, 5).tenantSlots()).isEqualTo(2);
        assertThat(of(9, 5).tenantPlaces()).isEqualTo(4);
        assertThat(of(0, 1).tenantSlots()).isEqualTo(1);
    }
}
