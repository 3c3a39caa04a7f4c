package dev.loadline.engine;

import dev.loadline.core.ContextReport;
import dev.loadline.telemetry.StageClock;
import dev.loadline.turn.Status;
import dev.loadline.turn.TurnHead;

/** What the engine counts. Any thread; must not block. */
public interface TurnCounts {
    /** It holds a slot: it has begun, or goes on after it was parked. */
    void began();

    /** It ended, was left or is parked: it is active no more. */
    void stopped();

    void ended(TurnHead head, Status status, StageClock stages);

    void context(TurnHead head, ContextReport report);

    /** Counts nothing. */
    static TurnCounts none() {
        return new TurnCounts() {
            @Override
            public void began() {}

            @Override
            public void stopped() {}

            @Override
            public void ended(TurnHead head, Status status, StageClock stages) {}

            @Override
            public void context(TurnHead head, ContextReport report) {}
        };
    }
}
