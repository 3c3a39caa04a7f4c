package dev.loadline.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.function.Predicate;

/**
 * Goal: no retry can amplify. Method: one incident twice, without guards and with them, each before
 * its own upstream, which counts. A provider with a strict rate limit, of which the people use 4 %,
 * is in trouble for a while: it closes its limit once, for a second, and 30 % of what it takes
 * fails with a transient error. Without guards the retries keep the limit closed for good, long
 * after the trouble.
 */
class IncidentTest {
    private static final int PEOPLE = 125;
    private static final Duration APART = Duration.ofMillis(40);
    private static final int TROUBLE_FROM = 25;
    private static final int TROUBLE_TO = 75;
    private static final double SHARE_OF_LIMIT = 0.04;
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);
    private static final Duration ON_THE_WAY = Duration.ofMillis(200);
    private static final int PROBES = 3;

    /** What came of it. */
    private record Replay(
            List<Told> told, FaultyUpstream upstream, long closedAtNanos, Duration length) {
        long attempts() {
            return upstream.arrivals().size();
        }

        long retries() {
            return upstream.count(arrival -> arrival.nth() > 1);
        }

        double factor() {
            return (double) attempts() / told.size();
        }

        long completed(Predicate<Told> which) {
            return told.stream().filter(which).filter(Told::completed).count();
        }

        String figures() {
            return "%d originals, %d attempts (%.2f), %d of them retries; %d completed"
                    .formatted(
                            told.size(), attempts(), factor(), retries(), completed(each -> true));
        }
    }

    private static int number(String marker) {
        return Integer.parseInt(marker.substring(marker.indexOf('-') + 1));
    }

    /** 30 % of all attempts, spread out. */
    private static boolean fails(String marker, int nth) {
        return List.of(1, 4, 8).contains((number(marker) + 3 * (nth - 1)) % 10);
    }

    private static Replay replay(Path directory, boolean guarded) throws IOException {
        var trouble = new boolean[1]; // under its own lock
        Behaviour taken =
                arrival -> {
                    synchronized (trouble) {
                        return trouble[0] && fails(arrival.marker(), arrival.nth())
                                ? Reaction.refuses(Behaviour.TRANSIENT.get(arrival.number() % 4))
                                : null;
                    }
                };
        double limit = 1000.0 / APART.toMillis() / SHARE_OF_LIMIT;
        var strict =
                new RateLimit(
                        limit,
                        (int) limit,
                        RETRY_AFTER,
                        RateLimit.Form.MS,
                        true,
                        taken.before(Behaviour.wellSpoken(Duration.ofMillis(20))));
        FaultyUpstream upstream = FaultyUpstream.start(strict);
        try (DrillServer server =
                        DrillServer.start(
                                Files.createDirectories(directory),
                                DrillServer.model("main", upstream, Duration.ofMillis(400)),
                                "guard: { \"model:main\": { concurrency: 64 } }");
                Crowd crowd = new Crowd(server.api())) {
            if (!guarded) server.guards(server.api(), false);
            long began = System.nanoTime();
            List<Future<Told>> all =
                    crowd.come(
                            "p",
                            PEOPLE,
                            APART,
                            number -> {
                                if (number == TROUBLE_FROM) strict.closeNext();
                                if (number == TROUBLE_FROM || number == TROUBLE_TO)
                                    synchronized (trouble) {
                                        trouble[0] = number == TROUBLE_FROM;
                                    }
                            });
            List<Told> told = Crowd.told(all);
            Duration length = Duration.ofNanos(System.nanoTime() - began);
            return new Replay(told, upstream, strict.closedAtNanos(), length);
        } finally {
            upstream.close();
        }
    }

    @Test
    void without_guards_it_never_ends_and_with_them_it_is_over_when_the_trouble_is(
            @TempDir Path directory) throws IOException {
        var naively =
                CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return replay(directory.resolve("naive"), false);
                            } catch (IOException e) {
                                throw new java.io.UncheckedIOException(e);
                            }
                        });
        Replay guarded = replay(directory.resolve("guarded"), true);
        Replay naive = naively.join();
        System.out.println("FIGURE incident, guards off: " + naive.figures());
        System.out.println("FIGURE incident, guards on: " + guarded.figures());
        collapses(naive);
        holds(guarded);
    }

    private static void collapses(Replay naive) {
        assertThat(naive.factor()).as("else it is too tame").isGreaterThanOrEqualTo(2);
        assertThat(naive.retries()).as("half of all").isGreaterThan(naive.attempts() / 2);
        Predicate<Told> after = told -> number(told.marker()) > TROUBLE_TO;
        long came = naive.told().stream().filter(after).count();
        assertThat(naive.completed(after)).as("of " + came).isLessThan(came / 10);
    }

    /**
     * A first attempt would have been served unless its own draw was bad and the trouble was not
     * yet over when it was made.
     */
    private static void holds(Replay guarded) {
        double reserve = 3 + guarded.length().toSeconds() / 10.0;
        assertThat((double) guarded.attempts())
                .as("attempts")
                .isLessThanOrEqualTo(1.1 * guarded.told().size() + reserve);
        Predicate<Told> unlucky =
                told -> {
                    int number = number(told.marker());
                    boolean then = number >= TROUBLE_FROM && number < TROUBLE_TO;
                    return then && fails(told.marker(), 1);
                };
        List<Told> failed =
                guarded.told().stream()
                        .filter(unlucky.negate())
                        .filter(t -> !t.completed())
                        .toList();
        assertThat(failed).as("would have been served").isEmpty();
        long known = guarded.closedAtNanos() + ON_THE_WAY.toNanos();
        long limited =
                guarded.upstream()
                        .count(each -> each.status() == 429 && each.atNanos() - known > 0);
        assertThat(limited).as("calls that met the closed limit").isLessThanOrEqualTo(PROBES);
    }
}
