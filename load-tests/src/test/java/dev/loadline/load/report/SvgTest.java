package dev.loadline.load.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

import java.util.List;

class SvgTest {
    @Test
    void rare_percentiles_take_as_much_room_as_common_ones() {
        Axis axis = Axis.of(Plot.Scale.NINES, new double[] {0, 99.9});

        assertThat(axis.at(90)).isCloseTo(1 / 3.0, within(1e-6));
        assertThat(axis.at(99)).isCloseTo(2 / 3.0, within(1e-6));
        assertThat(axis.ticks())
                .extracting(Axis.Tick::words)
                .containsExactly("0", "50", "90", "99", "99.9");
    }

    @Test
    void a_curve_ends_where_too_few_values_are_left_to_speak_of() {
        Histogram micros = new Histogram(3);
        for (int i = 1; i <= 100; i++) micros.recordValue(i * 1000);

        List<Plot.Point> curve = Plot.percentiles("t").curve("c", micros).lines().get("c");

        assertThat(curve.getLast().x()).isEqualTo(99);
        assertThat(curve.getLast().y()).isCloseTo(99, within(0.5));
    }

    @Test
    void seconds_without_anything_count_as_zero() {
        Plot plot = Plot.overTime("t", "n").perSecond("x", List.of(100L, 200L, 2_500_000L));

        assertThat(plot.lines().get("x"))
                .containsExactly(new Plot.Point(0, 2), new Plot.Point(1, 0), new Plot.Point(2, 1));
    }

    @Test
    void words_from_outside_stay_words() {
        assertThat(Svg.of(Plot.overTime("<b>", "n"))).contains("&lt;b&gt;").doesNotContain("<b>");
    }
}
