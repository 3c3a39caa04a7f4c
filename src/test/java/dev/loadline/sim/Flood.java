package dev.loadline.sim;

import dev.loadline.core.ConversationKey;
import dev.loadline.core.Principal;
import dev.loadline.core.WorkClass;
import dev.loadline.mailbox.MailboxPolicy;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Many messages in a short time, most of them from one tenant, at nodes with few slots and a model
 * that is slow; a node may be pressed, or drained, meanwhile. Drawn by the seed apart from the
 * story, so that a story without one is the same as before.
 */
final class Flood {
    private static final List<String> TENANTS = List.of("acme", "globex", "initech");
    private static final Duration PRESSED_EVERY = Duration.ofSeconds(1);

    private final SplittableRandom random;
    private final MailboxPolicy policy;
    private final String tenant;
    private final int users;
    private final int messages;
    private final long startMs;
    private final long lengthMs;
    private final boolean presses;
    private final int drains;
    private long overAt = -1;

    private Flood(SplittableRandom random) {
        this.random = random;
        int slots = 2 + random.nextInt(5);
        policy = policy(random, slots);
        tenant = TENANTS.get(random.nextInt(TENANTS.size()));
        users = 1 + random.nextInt(12);
        messages = slots * (4 + random.nextInt(5));
        startMs = random.nextLong(1_000, 40_000);
        lengthMs = random.nextLong(500, 15_000);
        presses = random.nextInt(4) == 0;
        drains = random.nextInt(4) == 0 ? 1 + random.nextInt(2) : 0;
    }

    /** Null: none in this story. */
    static @Nullable Flood draw(SplittableRandom random) {
        return random.nextInt(3) == 0 ? new Flood(random) : null;
    }

    private static MailboxPolicy policy(SplittableRandom random, int slots) {
        int capacity = 1 + random.nextInt(4 * slots);
        Duration bound = Duration.ofMillis(random.nextLong(100, 4_000));
        boolean bounded = random.nextInt(4) != 0;
        return new MailboxPolicy(
                capacity, slots, bounded ? Map.of(WorkClass.INTERACTIVE, bound) : Map.of());
    }

    MailboxPolicy policy() {
        return policy;
    }

    /** The most words of an answer: few, and slow. */
    int words() {
        return 8;
    }

    void begin(Simulation sim, List<SimNode> nodes) {
        SimWorld world = sim.world;
        for (int i = 0; i < messages; i++) {
            SimClient somebody = somebody(sim, i);
            Duration when = Duration.ofMillis(startMs + random.nextLong(lengthMs));
            world.at(world.outside, when, "flood", somebody::go);
        }
        long end = startMs + lengthMs;
        world.at(world.outside, Duration.ofMillis(startMs), "flood", () -> world.saw("flood"));
        if (presses) {
            for (long at = startMs; at < end; at += PRESSED_EVERY.toMillis())
                press(sim, nodes, at, random.nextInt(3) == 0 ? 0 : random.nextDouble() * 1.2);
            for (long after = 0; after < 3; after++) press(sim, nodes, end + after, 0);
        }
        for (int i = 0; i < drains; i++) {
            SimNode node = nodes.get(random.nextInt(nodes.size()));
            Duration when = Duration.ofMillis(random.nextLong(startMs, end + 5_000));
            Duration grace = Duration.ofMillis(random.nextLong(100, 5_000));
            world.at(world.outside, when, "to drain", () -> node.drain(grace));
        }
        overAt = end;
    }

    private static void press(Simulation sim, List<SimNode> nodes, long atMs, double level) {
        sim.world.at(
                sim.world.outside,
                Duration.ofMillis(atMs),
                "press",
                () -> nodes.forEach(node -> node.press(Math.min(1, level))));
    }

    private SimClient somebody(Simulation sim, int i) {
        // Of ten messages nine are the flooder's.
        String from = random.nextInt(10) == 0 ? TENANTS.get(random.nextInt(3)) : tenant;
        var who = new Principal(from, "f" + random.nextInt(users));
        String where = random.nextInt(3) == 0 ? "same" : "f" + i;
        return sim.person(
                new ConversationKey(who, where),
                "flood " + i,
                random.nextInt(3) == 0 ? null : "f" + i,
                Patience.inAFlood(random));
    }

    /** Whether it is going on, or has only just ended. */
    boolean near(long elapsedNanos) {
        long ms = elapsedNanos / 1_000_000;
        return ms >= startMs && ms < overAt + 10_000;
    }

    /** Once all is over, one of the flooder's people and one of another tenant's. */
    void afterwards(Simulation sim) {
        sim.attempts().calm();
        for (String each : List.of(tenant, "umbrella")) {
            var who = new Principal(each, "late");
            SimClient late =
                    sim.person(
                            new ConversationKey(who, "late"),
                            "after the flood, " + each,
                            null,
                            Patience.ORDINARY);
            sim.world.at(
                    sim.world.outside, Duration.ofMillis(random.nextInt(10)), "late", late::go);
        }
    }
}
