package dev.loadline.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Goal: a model that hangs before its first token, or is cut in mid-answer, is replaced by the
 * fallback; nobody hears anything twice, and never do two models answer one turn. Method: 5 % of a
 * hundred people meet a hang, 5 % a cut; both models count.
 */
class HangingModelTest {
    private static final int PEOPLE = 100;
    private static final int EVERY = 20;

    private static int number(Arrival arrival) {
        return Integer.parseInt(arrival.marker().substring(arrival.marker().indexOf('-') + 1));
    }

    private static boolean hangs(Arrival arrival) {
        return number(arrival) % EVERY == 10;
    }

    private static boolean isCut(Arrival arrival) {
        return number(arrival) % EVERY == 15;
    }

    private static Reaction shaky(Arrival arrival) {
        if (hangs(arrival)) return new Reaction.Hangs();
        Reaction.Speaks speaks = Behaviour.spoken(arrival);
        return isCut(arrival) ? speaks.cutAfter(3) : speaks;
    }

    @Test
    void the_fallback_answers_and_nothing_is_doubled(@TempDir Path directory) {
        Duration normal = Duration.ofMillis(250);
        try (FaultyUpstream main = FaultyUpstream.start(HangingModelTest::shaky);
                FaultyUpstream backup = FaultyUpstream.start(Behaviour.wellSpoken(Reaction.SOON));
                DrillServer server =
                        DrillServer.start(
                                directory,
                                DrillServer.model("main", main, normal)
                                        + DrillServer.model("backup", backup, normal),
                                """
                                guard: { default: { concurrency: 64 } }
                                agents:
                                  assistant: { model: main, fallback: [backup] }
                                """);
                Crowd crowd = new Crowd(server.api())) {
            List<Told> told = Crowd.told(crowd.come("p", PEOPLE, Duration.ofMillis(30)));
            assertThat(told).allMatch(Told::completed);
            for (Told each : told)
                assertThat(each.text())
                        .as(each.toString())
                        .isEqualTo(Behaviour.answer(each.marker()));
            hungAreClosed(told, main, backup);
            cutOnesBeginAnew(told, main);
        }
    }

    private static void hungAreClosed(List<Told> told, FaultyUpstream main, FaultyUpstream backup) {
        List<Arrival> hung = main.arrivals().stream().filter(HangingModelTest::hangs).toList();
        assertThat(hung).as("no hung model is asked again").hasSize(PEOPLE / EVERY);
        WaitFor.holds("hung ones closed", () -> main.count(Arrival.Fate.OPEN) == 0);
        assertThat(hung).allMatch(each -> each.fate() == Arrival.Fate.CLOSED);
        Map<String, Arrival> instead =
                backup.arrivals().stream()
                        .collect(Collectors.toMap(Arrival::marker, Function.identity()));
        Map<String, Told> byMarker =
                told.stream().collect(Collectors.toMap(Told::marker, Function.identity()));
        for (Arrival each : hung) {
            assertThat(instead).containsKey(each.marker());
            Told turn = byMarker.get(each.marker());
            assertThat(turn.degraded("model:main", "fallback")).as(turn.toString()).isTrue();
            assertThat(turn.heard("text.reset")).as("nothing was shown").isFalse();
        }
        assertThat(backup.count(Arrival.Fate.SERVED)).isEqualTo(backup.arrivals().size());
    }

    private static void cutOnesBeginAnew(List<Told> told, FaultyUpstream main) {
        List<String> cut =
                main.arrivals().stream()
                        .filter(HangingModelTest::isCut)
                        .map(Arrival::marker)
                        .distinct()
                        .toList();
        assertThat(cut).hasSize(PEOPLE / EVERY);
        assertThat(told.stream().filter(each -> each.heard("text.reset")).map(Told::marker))
                .containsExactlyInAnyOrderElementsOf(cut);
    }
}
