package dev.loadline.ops;

import dev.loadline.telemetry.Stage;
import dev.loadline.telemetry.StageClock;
import dev.loadline.telemetry.StageClock.Mark;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * How the last turns came to their first token, stage by stage, so that it can be said what they
 * would have done had something been slower. Of fixed size. Any thread.
 */
public final class TurnTimes {
    private static final int KEPT = 500; // enough for a 95th percentile, cheap enough to replay
    private static final double NANOS_PER_MS = 1e6;

    /**
     * One turn.
     *
     * @param ttftMs from the request's last byte to the first token
     * @param storeMs of it, until it was stored and what it needs was read
     * @param contextMs of it, putting the prompt together, sources included
     * @param modelMs of it, until the model's first token
     */
    record Took(String agent, double ttftMs, double storeMs, double contextMs, double modelMs) {}

    private final Deque<Took> recent = new ArrayDeque<>(KEPT); // under its own lock

    /** A turn ended. One that never came to a first token counts for nothing. */
    public void ended(String agent, StageClock stages) {
        Duration first = stages.of(Stage.FIRST_TOKEN);
        Duration model = stages.of(Stage.MODEL);
        if (first == null || model == null) return;
        double store =
                between(stages, Mark.AUTHENTICATED, Mark.ACCEPTED)
                        + between(stages, Mark.BEGUN, Mark.STATE);
        double context = between(stages, Mark.STATE, Mark.CONTEXT);
        add(new Took(agent, ms(first), store, context, ms(model)));
    }

    void add(Took took) {
        synchronized (recent) {
            if (recent.size() == KEPT) recent.removeFirst();
            recent.addLast(took);
        }
    }

    /** A copy. */
    List<Took> recent() {
        synchronized (recent) {
            return List.copyOf(recent);
        }
    }

    private static double between(StageClock stages, Mark from, Mark to) {
        Duration begin = stages.at(from);
        Duration end = stages.at(to);
        return begin == null || end == null ? 0 : Math.max(0, ms(end.minus(begin)));
    }

    private static double ms(Duration time) {
        return time.toNanos() / NANOS_PER_MS;
    }
}
