package dev.loadline.mailbox;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * The letters of one class that wait, and their order: tenants by turn, within a tenant its users
 * by turn, within a user its lines, within a line always first in, first out. Between equals the
 * first that came goes first or, on demand, the newest: the tenant and the user that began to wait
 * last, the line whose head came last. Not thread-safe: under its mailbox's lock.
 */
final class ClassQueue<T> {
    /** What a user waits for. */
    private static final class OfUser<T> {
        private final Map<String, Deque<Entry<T>>> lines = new HashMap<>();
        private final TreeMap<Long, Deque<Entry<T>>> byHead = new TreeMap<>();
        private int size;

        void add(Entry<T> entry) {
            Deque<Entry<T>> line = lines.computeIfAbsent(entry.line, name -> new ArrayDeque<>(2));
            if (line.isEmpty()) byHead.put(entry.number, line);
            line.add(entry);
            size++;
        }

        void remove(Entry<T> entry) {
            Deque<Entry<T>> line = Objects.requireNonNull(lines.get(entry.line));
            size--;
            if (line.element() != entry) {
                line.remove(entry);
                return;
            }
            line.remove();
            byHead.remove(entry.number);
            if (line.isEmpty()) lines.remove(entry.line);
            else byHead.put(line.element().number, line);
        }

        Entry<T> next(boolean newest) {
            return (newest ? byHead.lastEntry() : byHead.firstEntry()).getValue().element();
        }

        int inLine(String name) {
            Deque<Entry<T>> line = lines.get(name);
            return line == null ? 0 : line.size();
        }
    }

    /** What a tenant waits for. */
    private static final class OfTenant<T> {
        private final Ring<OfUser<T>> ring = new Ring<>();
        private final Map<Party, Ring.Seat<OfUser<T>>> users = new HashMap<>();
        private int size;

        /** Its letters before a new one. */
        int ahead(Party.User user, String line, boolean newest) {
            Ring.Seat<OfUser<T>> seat = users.get(user);
            if (newest) return seat == null ? 0 : seat.what.inLine(line);
            int own = seat == null ? 0 : seat.what.size;
            int others = users.size() - (seat == null ? 0 : 1);
            return (int) Math.min(size, own + (own + 1L) * others);
        }
    }

    private final Ring<OfTenant<T>> ring = new Ring<>();
    private final Map<Party, Ring.Seat<OfTenant<T>>> tenants = new HashMap<>();
    private final LinkedHashSet<Entry<T>> all = new LinkedHashSet<>(); // by arrival

    void add(Entry<T> entry) {
        Ring.Seat<OfTenant<T>> bench =
                tenants.computeIfAbsent(
                        entry.tenant(),
                        tenant -> ring.join(tenant, new OfTenant<>(), entry.number));
        OfTenant<T> tenant = bench.what;
        tenant.users
                .computeIfAbsent(
                        entry.user, user -> tenant.ring.join(user, new OfUser<>(), entry.number))
                .what
                .add(entry);
        tenant.size++;
        all.add(entry);
    }

    /** Takes it out as the one whose turn it was. */
    void serve(Entry<T> entry) {
        Ring.Seat<OfTenant<T>> bench = bench(entry);
        bench.what.ring.served(seat(bench.what, entry));
        ring.served(bench);
        remove(entry);
    }

    void remove(Entry<T> entry) {
        Ring.Seat<OfTenant<T>> bench = bench(entry);
        OfTenant<T> tenant = bench.what;
        Ring.Seat<OfUser<T>> user = seat(tenant, entry);
        all.remove(entry);
        user.what.remove(entry);
        tenant.size--;
        if (user.what.size == 0) {
            tenant.users.remove(entry.user);
            tenant.ring.leave(user);
        }
        if (tenant.size == 0) {
            tenants.remove(entry.tenant());
            ring.leave(bench);
        }
    }

    private Ring.Seat<OfTenant<T>> bench(Entry<T> entry) {
        return Objects.requireNonNull(tenants.get(entry.tenant()));
    }

    private static <T> Ring.Seat<OfUser<T>> seat(OfTenant<T> tenant, Entry<T> entry) {
        return Objects.requireNonNull(tenant.users.get(entry.user));
    }

    /** Whose turn it is; null: nobody waits. */
    @Nullable Entry<T> next(boolean newest) {
        if (all.isEmpty()) return null;
        return ring.next(newest).what.ring.next(newest).what.next(newest);
    }

    /** How many letters would be served before a new one, by what is known now. */
    int ahead(Party.User user, String line, boolean newest) {
        Ring.Seat<OfTenant<T>> own = tenants.get(user.tenant());
        int sum = own == null ? 0 : own.what.ahead(user, line, newest);
        int turns = user.tenant().held() + sum + (newest ? 0 : 1);
        int before = sum;
        for (Ring.Seat<OfTenant<T>> other : ring.all()) {
            if (other == own) continue;
            before += Math.clamp(turns - other.party.held(), 0, other.what.size);
        }
        return before;
    }

    /** Letters of this tenant. */
    int of(Party.Tenant tenant) {
        Ring.Seat<OfTenant<T>> bench = tenants.get(tenant);
        return bench == null ? 0 : bench.what.size;
    }

    /** The last to come of the tenant with the most letters; null: nobody waits. */
    @Nullable Entry<T> newestOfLargest() {
        Ring.Seat<OfTenant<T>> largest = null;
        for (Ring.Seat<OfTenant<T>> one : ring.all())
            if (largest == null || one.what.size > largest.what.size) largest = one;
        if (largest == null) return null;
        for (Entry<T> entry : all.reversed()) if (entry.tenant() == largest.party) return entry;
        return null;
    }

    boolean anotherThan(Party.Tenant tenant) {
        return ring.size() > (tenants.containsKey(tenant) ? 1 : 0);
    }

    int size() {
        return all.size();
    }

    boolean isEmpty() {
        return all.isEmpty();
    }

    boolean has(Entry<T> entry) {
        return all.contains(entry);
    }

    /** There is one. */
    Entry<T> oldest() {
        return all.getFirst();
    }

    Collection<Entry<T>> all() {
        return all;
    }
}
