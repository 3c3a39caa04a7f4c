package dev.loadline.mailbox;

import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;

/**
 * Whose turn it is: of those who wait the one that holds the fewest slots; of equals the one that
 * was served least often since it waits; of those the first that came or, on demand, the last. Who
 * comes anew begins in the round that runs. Each call costs a logarithm. Not thread-safe: under its
 * mailbox's lock.
 */
final class Ring<E> {
    private record Key(int held, long round, long number) implements Comparable<Key> {
        @Override
        public int compareTo(Key other) {
            if (held != other.held) return Integer.compare(held, other.held);
            if (round != other.round) return Long.compare(round, other.round);
            return Long.compare(number, other.number);
        }
    }

    /** The place of somebody who waits, while somebody does. */
    static final class Seat<E> {
        final E what;
        final Party party;
        private final Ring<E> ring;
        private Key key;

        private Seat(Ring<E> ring, Party party, E what, long number) {
            this.ring = ring;
            this.party = party;
            this.what = what;
            this.key = new Key(party.held(), ring.round, number);
        }

        /** The party holds more or fewer slots than it did. */
        void weigh() {
            move(new Key(party.held(), key.round, key.number));
        }

        private void move(Key to) {
            ring.seats.remove(key);
            key = to;
            ring.seats.put(to, this);
        }
    }

    private final TreeMap<Key, Seat<E>> seats = new TreeMap<>();
    private long round;

    /**
     * @param number later is larger; no two are equal
     */
    Seat<E> join(Party party, E what, long number) {
        var seat = new Seat<>(this, party, what, number);
        seats.put(seat.key, seat);
        party.sat(seat);
        return seat;
    }

    void leave(Seat<E> seat) {
        seats.remove(seat.key);
        seat.party.left(seat);
    }

    /** Its turn is over. */
    void served(Seat<E> seat) {
        Key key = seat.key;
        round = Math.max(round, key.round);
        seat.move(new Key(key.held, key.round + 1, key.number));
    }

    /** There is one. */
    Seat<E> next(boolean newest) {
        Map.Entry<Key, Seat<E>> first = seats.firstEntry();
        if (!newest) return first.getValue();
        Key key = first.getKey();
        return seats.lowerEntry(new Key(key.held, key.round + 1, Long.MIN_VALUE)).getValue();
    }

    int size() {
        return seats.size();
    }

    Collection<Seat<E>> all() {
        return seats.values();
    }
}
