package dev.loadline.load.process;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ExpositionTest {
    private static final Exposition TEXT =
            new Exposition(
                    """
                    # TYPE waits histogram
                    waits_bucket{mailbox="turn",le="0.25"} 3
                    waits_bucket{mailbox="turn",le="2.5"} 5
                    waits_bucket{mailbox="turn.live",le="0.25"} 70
                    waits_count{mailbox="turn"} 6
                    waits_count{mailbox="turn.live"} 71
                    alone 1.5E3
                    """);

    @Test
    void samples_are_added_whose_labels_include_those_asked_for() {
        assertThat(TEXT.sum("waits_bucket", "mailbox=\"turn\"", "le=\"0.25\"")).isEqualTo(3);
        assertThat(TEXT.sum("waits_count")).isEqualTo(77);
        assertThat(TEXT.sum("alone")).isEqualTo(1500);
        assertThat(TEXT.sum("waits")).as("no such sample").isZero();
    }
}
