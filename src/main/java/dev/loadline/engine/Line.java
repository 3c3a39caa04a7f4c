package dev.loadline.engine;

import dev.loadline.turn.TurnEvent;

import java.util.ArrayList;
import java.util.List;

/**
 * A conversation's live turns in order: at most one runs, the others wait and are told their
 * position.
 */
final class Line {
    private final List<LiveTurn> turns = new ArrayList<>();

    void join(LiveTurn turn) {
        int at = turns.size();
        while (at > 0 && turns.get(at - 1).head.seq() > turn.head.seq()) at--;
        turns.add(at, turn);
    }

    /** True if nobody is left. */
    boolean part(LiveTurn turn) {
        turns.remove(turn);
        tellPositions();
        return turns.isEmpty();
    }

    void tellPositions() {
        int position = 0;
        for (LiveTurn turn : List.copyOf(turns)) {
            if (!turn.queued()) continue;
            position++;
            if (turn.position == position) continue;
            turn.position = position;
            turn.feed.happened(new TurnEvent.Queued(position));
        }
    }
}
