package dev.loadline.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Goal: an optional source that becomes slow takes nothing with it, and is back as soon as it is
 * well. Method: people one after the other; the source counts who asks it.
 */
class SlowSourceTest {
    private static final String CRM = "source:crm";
    private static final Duration WELL = Duration.ofMillis(40);
    private static final Duration SLOW = Duration.ofSeconds(10);
    private static final int PROBES = 3;

    /** Open for 2 s, a quarter less at the least, then one probe. */
    private static final Duration BETWEEN_PROBES = Duration.ofMillis(1500);

    private final FaultyUpstream source = FaultyUpstream.start(taking(WELL));
    private final FaultyUpstream model =
            FaultyUpstream.start(Behaviour.wellSpoken(Duration.ofMillis(5)));
    private DrillServer server;
    private Crowd crowd;
    private int people;

    @BeforeEach
    void start(@TempDir Path directory) {
        server =
                DrillServer.start(
                        directory,
                        DrillServer.model("main", model, Duration.ofMillis(400)),
                        """
                        agents:
                          assistant:
                            model: main
                            context:
                              budget: { time: 200ms }
                              sources:
                                - { name: crm, kind: http, url: "%s", normal: 40ms, max: 800 }
                        """
                                .formatted(source.url("/context")));
        crowd = new Crowd(server.api());
        some(10); // what a start loads makes the first ones late
    }

    @AfterEach
    void stop() {
        crowd.close();
        server.close();
        source.close();
        model.close();
    }

    private static Behaviour taking(Duration time) {
        return arrival ->
                Reaction.answers(
                        time, "{\"items\":[{\"id\":\"1\",\"text\":\"The customer likes red.\"}]}");
    }

    private Told one() {
        Told told = crowd.say("p-" + people++);
        assertThat(told.completed()).as(told.toString()).isTrue();
        assertThat(told.text()).isEqualTo(Behaviour.answer(told.marker()));
        return told;
    }

    private List<Told> some(int count) {
        List<Told> told = new ArrayList<>();
        for (int i = 0; i < count; i++) told.add(one());
        return told;
    }

    /** Up to the first of whom this is true, him included. */
    private List<Told> until(String what, int atMost, Predicate<Told> holds) {
        List<Told> told = new ArrayList<>();
        while (told.isEmpty() || !holds.test(told.getLast())) {
            assertThat(told).as("never: " + what).hasSizeLessThan(atMost);
            told.add(one());
        }
        return told;
    }

    private static String status(Told told) {
        return told.source("crm").get("status").textValue();
    }

    private static boolean without(Told told) {
        return told.degraded(CRM, "without");
    }

    @Test
    void it_is_left_out_at_once_and_comes_back_with_the_first_good_probe() {
        List<Told> healthy = some(30);
        assertThat(healthy).noneMatch(SlowSourceTest::without);

        source.behaves(taking(SLOW));
        List<Told> noticing = until("it is cut off", 15, told -> status(told).equals("open"));
        assertThat(noticing).allMatch(SlowSourceTest::without);

        int asked = source.arrivals().size();
        long began = System.nanoTime();
        List<Told> open = new ArrayList<>();
        while (System.nanoTime() - began < Duration.ofSeconds(4).toNanos()) open.add(one());
        for (Told told : open) {
            JsonNode crm = told.source("crm");
            assertThat(crm.get("status").textValue()).as(told.toString()).isEqualTo("open");
            assertThat(without(told)).isTrue();
        }
        // All but one in a hundred: the machine itself may pause at any moment.
        List<Long> late =
                open.stream()
                        .map(told -> told.source("crm").get("ms").longValue())
                        .filter(ms -> ms > 5)
                        .toList();
        assertThat(late).as("of " + open.size()).hasSizeLessThanOrEqualTo(1 + open.size() / 100);
        long most = (System.nanoTime() - began) / BETWEEN_PROBES.toNanos() + 1;
        assertThat(source.arrivals().size() - asked)
                .as("probes under way of %d turns", open.size())
                .isBetween(1, (int) most);

        recovers();
        System.out.printf(
                "FIGURE slow source, time to first token: %d ms healthy, %d ms while it was noticed,"
                        + " %d ms cut off, %s%n",
                Crowd.medianFirstToken(healthy.stream()).toMillis(),
                Crowd.medianFirstToken(noticing.stream()).toMillis(),
                Crowd.medianFirstToken(open.stream()).toMillis(),
                "%.2f of healthy"
                        .formatted(
                                (double) Crowd.medianFirstToken(open.stream()).toNanos()
                                        / Crowd.medianFirstToken(healthy.stream()).toNanos()));
    }

    private void recovers() {
        int before = source.arrivals().size();
        source.behaves(taking(WELL));
        Told first = until("it is back", 5000, told -> !without(told)).getLast();
        long probes =
                source.arrivals().stream()
                        .skip(before)
                        .filter(arrival -> !arrival.marker().equals(first.marker()))
                        .count();
        assertThat(probes).as("probes until it is back").isBetween(1L, (long) PROBES);
        List<Told> after = some(30);
        assertThat(after.subList(4, 30)).as("after the fifth").noneMatch(SlowSourceTest::without);
    }

    /** Shorter, since a naive runtime waits for it to its end. */
    @Test
    void without_guards_every_turn_asks_it_and_waits_for_it() {
        Duration slower = Duration.ofSeconds(3);
        server.guards(server.api(), false);
        List<Told> healthy = some(10);
        source.behaves(taking(slower));
        int asked = source.arrivals().size();
        List<Told> slow = Crowd.told(crowd.come("n", 20, Duration.ofMillis(10)));
        assertThat(slow).allMatch(Told::completed);
        assertThat(source.arrivals().size() - asked).as("calls").isGreaterThanOrEqualTo(20);
        assertThat(slow).noneMatch(told -> told.firstToken().compareTo(slower) < 0);
        System.out.printf(
                "FIGURE slow source, guards off: %d ms healthy, %d ms with a source of %d ms%n",
                Crowd.medianFirstToken(healthy.stream()).toMillis(),
                Crowd.medianFirstToken(slow.stream()).toMillis(),
                slower.toMillis());
    }
}
