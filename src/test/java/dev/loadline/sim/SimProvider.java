package dev.loadline.sim;

import dev.loadline.core.Outcome;
import dev.loadline.model.ModelAnswer;
import dev.loadline.sim.Weather.Kind;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Who answers for a model, one for all nodes: has a rate limit, outages and moods, and may have to
 * load the model first, which it gives up when all that wait for it have hung up.
 */
final class SimProvider {
    /** What becomes of a call. */
    sealed interface Fate {
        /** It never gets there. */
        record Unreachable() implements Fate {}

        /** It ends without an answer. */
        record Fails(Outcome.Failed<ModelAnswer> why) implements Fate {}

        /** Nothing comes. */
        record Hangs() implements Fate {}

        /**
         * An answer comes.
         *
         * @param firstMs at least so long before the first word
         * @param stretch every pause is so many times longer
         * @param end what happens after half of it
         */
        record Answers(long firstMs, int stretch, Half end) implements Fate {}
    }

    /** What happens in the middle of an answer. */
    enum Half {
        NOTHING,
        CUT,
        STALL
    }

    static final Fate WELL = new Fate.Answers(0, 1, Half.NOTHING);
    private static final Duration STAYS_LOADED = Duration.ofMinutes(5);

    /** Somebody at the other end of the line. */
    interface Caller {
        boolean gone();
    }

    final String model;
    final SimLimit limit;
    private final int number;
    private final SimWorld world;
    private final Weather weather;
    private final SplittableRandom random;
    private final Set<Caller> loading = new LinkedHashSet<>();
    private long readyAt;
    private long loadedUntil = -1;

    SimProvider(
            int number,
            String model,
            SimLimit limit,
            SimWorld world,
            Weather weather,
            SplittableRandom random) {
        this.number = number;
        this.model = model;
        this.limit = limit;
        this.world = world;
        this.weather = weather;
        this.random = random;
    }

    /** A request arrives. */
    Fate takes(Caller caller) {
        if (is(Kind.OUTAGE)) return new Fate.Unreachable();
        if (is(Kind.EXHAUSTED)) {
            world.saw("exhausted");
            return new Fate.Fails(new Outcome.Exhausted<>("insufficient_quota"));
        }
        var limited = limit.take();
        if (limited != null) return new Fate.Fails(limited);
        if (chance(weather.rejected()))
            return new Fate.Fails(new Outcome.Rejected<>(400, "HTTP 400"));
        if (chance(is(Kind.BROKEN) ? 0.8 : weather.error())) return new Fate.Fails(error());
        if (chance(is(Kind.HANGING) ? 0.7 : weather.hangs())) {
            world.saw("hung");
            return new Fate.Hangs();
        }
        return answers(caller);
    }

    private Fate answers(Caller caller) {
        int stretch = is(Kind.SLOW) ? 3 + random.nextInt(8) : 1;
        Half half = Half.NOTHING;
        if (chance(weather.cut())) half = Half.CUT;
        else if (chance(weather.stalls())) half = Half.STALL;
        long loads = weather.loadMs() > 0 ? load(caller) : 0;
        return loads == 0 && stretch == 1 && half == Half.NOTHING
                ? WELL
                : new Fate.Answers(loads, stretch, half);
    }

    private long load(Caller caller) {
        long now = world.elapsed();
        if (now <= loadedUntil) return 0;
        loading.removeIf(Caller::gone);
        if (loading.isEmpty()) {
            if (readyAt > now) world.saw("a load given up");
            readyAt = now + weather.loadMs() * 1_000_000;
        }
        loading.add(caller);
        return Math.max(1, (readyAt - now) / 1_000_000);
    }

    /** The first word has come. */
    void spoke() {
        if (!loading.isEmpty()) world.saw("a cold start");
        loading.clear();
        loadedUntil = world.elapsed() + STAYS_LOADED.toNanos();
    }

    private Outcome.Failed<ModelAnswer> error() {
        return random.nextBoolean()
                ? new Outcome.ServerError<>("HTTP 500")
                : new Outcome.Unavailable<>("HTTP 503");
    }

    private boolean is(Kind kind) {
        return weather.is(kind, number, world.elapsed());
    }

    /** Draws only where there is something to draw. */
    private boolean chance(double p) {
        return p > 0 && random.nextDouble() < p;
    }
}
