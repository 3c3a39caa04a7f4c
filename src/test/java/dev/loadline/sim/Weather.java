package dev.loadline.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * How bad the models' providers are: rates, and spells in which one of them is out of order. Drawn
 * by the seed apart from the story, so that a story in calm weather is the same as before.
 */
final class Weather {
    /** What a spell does to a provider. */
    enum Kind {
        /** Nobody can connect. */
        OUTAGE,
        /** Most calls are taken and never answered. */
        HANGING,
        /** Everything takes several times longer. */
        SLOW,
        /** The credit is gone. */
        EXHAUSTED,
        /** Most calls end with an error. */
        BROKEN
    }

    /** A time in which a provider is like that. */
    record Spell(int provider, Kind kind, long fromMs, long toMs) {}

    private static final long FIRST_MS = 3_000;
    private static final long LAST_MS = 60_000;

    private final List<Spell> spells = new ArrayList<>();
    private double cut;
    private double stalls;
    private double error;
    private double rejected;
    private double hangs;
    private double lies;
    private double perSecond;
    private int burst = 1;
    private long loadMs;
    private boolean oneLimit;
    private boolean nearby;
    private boolean alone;
    private int concurrency;
    private double newsLost;
    private long newsLateMs = 50;
    private String deaf = "";
    private long deafFromMs;
    private long deafToMs;
    private boolean over;

    private Weather() {}

    /** Nothing ever goes wrong. */
    static Weather calm() {
        return new Weather();
    }

    static Weather draw(SplittableRandom random) {
        var weather = new Weather();
        if (random.nextInt(4) == 0) return weather;
        weather.cut = often(random, 0.15);
        weather.stalls = often(random, 0.05);
        weather.error = often(random, 0.3);
        weather.rejected = often(random, 0.1);
        weather.hangs = often(random, 0.1);
        weather.lies = often(random, 0.3);
        weather.oneLimit = random.nextInt(4) == 0;
        weather.nearby = random.nextInt(3) == 0;
        if (random.nextInt(2) == 0) {
            weather.perSecond = 0.1 + random.nextDouble() * 0.9;
            weather.burst = 1 + random.nextInt(4);
        }
        if (weather.nearby && random.nextBoolean()) weather.loadMs = random.nextLong(2_000, 40_000);
        int count = random.nextInt(4);
        for (int i = 0; i < count; i++) weather.spells.add(spell(random));
        weather.alone = random.nextInt(4) == 0;
        weather.concurrency = random.nextInt(3) == 0 ? 1 + random.nextInt(4) : 0;
        weather.newsLost = often(random, 0.5);
        weather.newsLateMs = random.nextBoolean() ? 50 : 2_000;
        if (random.nextInt(3) == 0) {
            weather.deaf = "n" + random.nextInt(3);
            weather.deafFromMs = random.nextLong(LAST_MS);
            weather.deafToMs = weather.deafFromMs + random.nextLong(30_000);
        }
        return weather;
    }

    private static double often(SplittableRandom random, double most) {
        return random.nextBoolean() ? 0 : random.nextDouble() * most;
    }

    private static Spell spell(SplittableRandom random) {
        Kind[] kinds = Kind.values();
        long from = random.nextLong(FIRST_MS, LAST_MS);
        long length = random.nextLong(1_000, 25_000);
        int provider = random.nextInt(3) == 0 ? 1 : 0; // the first is asked more often
        return new Spell(provider, kinds[random.nextInt(kinds.length)], from, from + length);
    }

    void clearsUp() {
        over = true;
    }

    boolean is(Kind kind, int provider, long elapsedNanos) {
        long ms = elapsedNanos / 1_000_000;
        return !over
                && spells.stream()
                        .anyMatch(
                                each ->
                                        each.kind() == kind
                                                && each.provider() == provider
                                                && each.fromMs() <= ms
                                                && ms < each.toMs());
    }

    /** The connection is lost in mid-answer. */
    double cut() {
        return over ? 0 : cut;
    }

    /** Nothing more comes in mid-answer. */
    double stalls() {
        return over ? 0 : stalls;
    }

    double error() {
        return over ? 0 : error;
    }

    /** The request is said to be wrong. */
    double rejected() {
        return over ? 0 : rejected;
    }

    /** Nothing comes at all. */
    double hangs() {
        return over ? 0 : hangs;
    }

    /** A refusal names no usable time. */
    double lies() {
        return lies;
    }

    /** Calls that a limit grants a second; 0: all. */
    double perSecond() {
        return over ? 0 : perSecond;
    }

    int burst() {
        return burst;
    }

    /** How long the first call waits until the model has been loaded; 0: it always is. */
    long loadMs() {
        return over ? 0 : loadMs;
    }

    /** All providers count against one limit. */
    boolean oneLimit() {
        return oneLimit;
    }

    boolean nearby() {
        return nearby;
    }

    /** The agent has one model. */
    boolean alone() {
        return alone;
    }

    /** Calls at once that a guard begins with; 0: as ever. */
    int concurrency() {
        return concurrency;
    }

    double newsLost() {
        return over ? 0 : newsLost;
    }

    long newsLateMs() {
        return over ? 50 : newsLateMs;
    }

    /** This node hears nothing of the others, who hear it. */
    boolean deaf(String node, long elapsedNanos) {
        long ms = elapsedNanos / 1_000_000;
        return !over && node.equals(deaf) && deafFromMs <= ms && ms < deafToMs;
    }
}
