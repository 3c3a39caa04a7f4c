package dev.loadline.engine;

import dev.loadline.core.TurnId;
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
        while (at > 0 && turns.get(at - 1).place > turn.place) at--;
        turns.add(at, turn);
    }

    /**
     * One goes ahead of all that waits, as the store has it: what waits moves behind this place.
     *
     * @param running does not wait, though it may not have begun yet
     */
    void makeWay(long place, TurnId running) {
        List<LiveTurn> waiting =
                turns.stream()
                        .filter(turn -> turn.queued() && turn.place < place)
                        .filter(turn -> !turn.head.id().equals(running))
                        .toList();
        if (waiting.isEmpty()) return;
        long by = place - waiting.getFirst().place + 1;
        turns.removeAll(waiting);
        for (LiveTurn turn : waiting) {
            turn.place += by;
            join(turn);
        }
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
            if (!turn.queued() || turn.waitsForSlot) continue;
            position++;
            if (turn.position == position) continue;
            turn.position = position;
            turn.feed.happened(new TurnEvent.Queued(position));
        }
    }
}
