package dev.loadline.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.loadline.core.Deadline;
import dev.loadline.core.ManualTime;
import dev.loadline.core.WorkClass;
import dev.loadline.mailbox.Letter;
import dev.loadline.mailbox.Mailbox;
import dev.loadline.mailbox.MailboxPolicy;
import dev.loadline.mailbox.Slot;
import dev.loadline.telemetry.MailboxCounters;
import dev.loadline.telemetry.Metrics;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Goal: a node's load is that of its worst cause, and low classes are shed first when loops or the
 * heap are pressed. Method: the pure function at its marks; a watch over a real mailbox.
 */
class LoadLevelTest {
    private static final LoadLevel.Marks MARKS =
            new LoadLevel.Marks(20, Duration.ofMillis(250), Duration.ofMillis(50));

    private static LoadLevel of(int turns, double waitMs, Double lagMs, Double heap) {
        return LoadLevel.of(new LoadLevel.Signals(turns, waitMs, lagMs, heap), MARKS);
    }

    @ParameterizedTest
    @CsvSource({
        "queue, 0, 0",
        "queue, 125, 0.5",
        "queue, 250, 1",
        "queue, 9000, 1",
        "turns, 0, 0",
        "turns, 10, 0.45",
        "turns, 20, 0.9",
        "turns, 40, 0.9",
        "lag, 0, 0",
        "lag, 25, 0.25",
        "lag, 50, 0.5",
        "lag, 110, 0.7",
        "lag, 200, 1",
        "lag, 999, 1",
        "heap, 0.375, 0.25",
        "heap, 0.75, 0.5",
        "heap, 0.89, 0.85",
        "heap, 0.95, 1",
        "heap, 1, 1"
    })
    void each_cause_rises_from_mark_to_mark(String cause, double value, double level) {
        LoadLevel found =
                switch (cause) {
                    case "queue" -> of(0, value, null, null);
                    case "turns" -> of((int) value, 0, null, null);
                    case "lag" -> of(0, 0, value, null);
                    default -> of(0, 0, null, value);
                };
        assertThat(found.level()).isCloseTo(level, within(1e-9));
        boolean pressed = cause.equals("lag") || cause.equals("heap");
        assertThat(found.pressure()).isCloseTo(pressed ? level : 0, within(1e-9));
    }

    @Test
    void the_worst_counts_and_what_was_not_measured_is_no_cause() {
        assertThat(of(20, 10, 25.0, 0.95).level()).isEqualTo(1);
        assertThat(of(20, 10, null, null).causes())
                .containsOnlyKeys(LoadLevel.Cause.QUEUE, LoadLevel.Cause.TURNS);
        var atOnce = new LoadLevel.Marks(1, Duration.ZERO, Duration.ofMillis(50));
        assertThat(LoadLevel.of(new LoadLevel.Signals(0, 0, null, null), atOnce).level()).isZero();
    }

    @Test
    void a_pressed_node_sheds_the_low_classes_first_and_takes_them_again() {
        var time = new ManualTime();
        List<WorkClass> taken = new ArrayList<>();
        Mailbox<WorkClass, String> turns =
                Mailbox.create(
                        "turn",
                        new MailboxPolicy(20, 20, Map.of()),
                        time,
                        time,
                        (WorkClass body, Slot slot) -> {
                            taken.add(body);
                            return Future.succeededFuture("done");
                        },
                        MailboxCounters.NONE);
        var registry = new SimpleMeterRegistry();
        var metrics = new Metrics(registry, Metrics.Known.NOTHING);
        List<Double> lags = new ArrayList<>(List.of(3.0));
        new LoadWatch(turns, MARKS, () -> lags, () -> null, metrics.load()).keep(time);
        for (double lagMs : new double[] {10, 120, 200, 10}) {
            lags.set(0, lagMs);
            time.advance(Duration.ofMillis(500));
            for (WorkClass each : WorkClass.values())
                turns.ask(new Letter<>(each, each, Deadline.after(time, Duration.ofSeconds(1))));
            assertThat(taken)
                    .as("at a lag of %s ms", lagMs)
                    .containsExactly(
                            switch ((int) lagMs) {
                                case 120 ->
                                        new WorkClass[] {
                                            WorkClass.CONTROL,
                                            WorkClass.INTERACTIVE,
                                            WorkClass.WEBHOOK
                                        };
                                case 200 -> new WorkClass[] {WorkClass.CONTROL};
                                default -> WorkClass.values();
                            });
            taken.clear();
        }
        assertThat(registry.get("loadline.load.looks").counter().count()).isEqualTo(4);
        assertThat(registry.get("loadline.load.level").gauge().value()).isLessThan(0.2);
    }
}
