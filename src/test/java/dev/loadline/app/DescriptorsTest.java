package dev.loadline.app;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DescriptorsTest {
    @Test
    void a_quarter_of_the_files_is_left_for_what_is_no_connection_of_ours() {
        assertThat(Descriptors.connections(0, 1_024)).isEqualTo(768);
        assertThat(Descriptors.connections(0, 16_384)).isEqualTo(12_288);
        assertThat(Descriptors.connections(0, 1)).isEqualTo(1);
    }

    @Test
    void where_files_are_plenty_there_is_a_bound_all_the_same() {
        assertThat(Descriptors.connections(0, 1 << 20)).isEqualTo(20_000);
        assertThat(Descriptors.connections(0, Long.MAX_VALUE)).isEqualTo(20_000);
    }

    @Test
    void what_is_written_holds() {
        assertThat(Descriptors.connections(50_000, 1_024)).isEqualTo(50_000);
    }
}
