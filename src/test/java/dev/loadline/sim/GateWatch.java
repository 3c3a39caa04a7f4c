package dev.loadline.sim;

import dev.loadline.guard.News;
import dev.loadline.guard.Reason;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * The gates of one life of a node as they must be at least: by what it has heard of each limit, no
 * call may go before the stated time, and then one, until that one's word is there.
 */
final class GateWatch {
    private static final Duration UNSTATED = Duration.ofSeconds(1);
    private static final Duration EXHAUSTED = Duration.ofMinutes(5);
    private static final Duration TRICKLE = Duration.ofSeconds(5);

    /** What is known of one limit. */
    private static final class Gate {
        private long closedAt = -1;
        private long until;
        private boolean ramping;
        private int passed;
        private int mayPass;
    }

    private final Simulation sim;
    private final SimWorld world;
    private final Map<String, Gate> gates = new HashMap<>();

    GateWatch(Simulation sim) {
        this.sim = sim;
        this.world = sim.world;
    }

    private Gate gate(String group) {
        return gates.computeIfAbsent(group, its -> new Gate());
    }

    /** An answer said that there were too many, or (exhausted) that nothing is left. */
    void refused(String group, long sentAt, Duration stated, boolean exhausted) {
        Gate gate = gate(group);
        if (sentAt <= gate.closedAt) return; // it says nothing new
        Duration time = stated.isPositive() ? stated : UNSTATED;
        close(gate, exhausted || time.compareTo(EXHAUSTED) > 0 ? EXHAUSTED : time);
    }

    void told(News.GateClosed news) {
        Gate gate = gate(news.limitGroup());
        if (world.elapsed() + news.left().toNanos() <= gate.until) return;
        world.saw("told of a gate");
        close(gate, news.left());
        if (news.reason() == Reason.EXHAUSTED) world.saw("told of an empty account");
    }

    private void close(Gate gate, Duration time) {
        world.saw("gate closed");
        gate.closedAt = world.elapsed();
        gate.until = Math.max(gate.until, world.elapsed() + time.toNanos());
        gate.ramping = true;
        gate.passed = 0;
        gate.mayPass = 1;
    }

    /** A call goes. */
    void passes(String group) {
        Gate gate = gate(group);
        if (!gate.ramping) return;
        long late = world.elapsed() - gate.until;
        if (late < 0) {
            sim.violated(
                    "a call passes the gate of "
                            + group
                            + ", which is closed for "
                            + -late / 1_000_000
                            + " ms more");
            return;
        }
        gate.passed++;
        long may = gate.mayPass + late / TRICKLE.toNanos();
        if (gate.passed > may)
            sim.violated(gate.passed + " calls pass where " + may + " may try " + group);
    }

    /** A call that went at this time has said nothing of the limit. */
    void silent(String group, long passedAt) {
        Gate gate = gate(group);
        if (gate.ramping && passedAt >= gate.until) gate.mayPass++;
    }

    /** A call that went at this time is granted. */
    void granted(String group, long passedAt) {
        Gate gate = gate(group);
        if (!gate.ramping || passedAt < gate.until) return;
        if (gate.passed > 0) world.saw("a ramp");
        gate.ramping = false;
    }
}
