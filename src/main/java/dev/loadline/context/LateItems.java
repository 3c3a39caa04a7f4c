package dev.loadline.context;

import dev.loadline.core.Clock;
import dev.loadline.core.ConversationKey;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Answers of one source that came too late for their turn, or of probes: they serve the next turn
 * of the same conversation of the same principal. The same question within {@link #LIFE} is
 * answered by them at once; another question only where asking the source was in vain, and then the
 * source's status still says so.
 *
 * <p>Bounds: {@value #ENTRIES_MAX} answers, {@value #UNITS_MAX} characters of them, each for 60 s;
 * the oldest goes first. Any thread.
 */
final class LateItems {
    static final int ENTRIES_MAX = 1000;
    static final int UNITS_MAX = 4 * 1024 * 1024;
    static final Duration LIFE = Duration.ofSeconds(60);

    private record Held(String query, List<ContextItem> items, int units, long sinceNanos) {}

    private final Clock clock;
    private final Map<ConversationKey, Held> held = new LinkedHashMap<>(); // under its own lock
    private long units; // likewise

    LateItems(Clock clock) {
        this.clock = clock;
    }

    void keep(Asking asking, List<ContextItem> items) {
        int size = asking.query().length();
        for (ContextItem item : items) size += item.id().length() + item.text().length();
        long now = clock.nanos();
        synchronized (held) {
            forget(key(asking));
            held.put(key(asking), new Held(asking.query(), List.copyOf(items), size, now));
            units += size;
            shrink(now);
        }
    }

    private void shrink(long now) {
        Iterator<Held> oldest = held.values().iterator();
        while (oldest.hasNext()) {
            Held next = oldest.next();
            boolean stays = held.size() <= ENTRIES_MAX && units <= UNITS_MAX && fresh(next, now);
            if (stays) return;
            units -= next.units;
            oldest.remove();
        }
    }

    private void forget(ConversationKey key) {
        Held old = held.remove(key);
        if (old != null) units -= old.units;
    }

    /** The answer to this very question; null: there is none. */
    @Nullable List<ContextItem> same(Asking asking) {
        Held found = find(asking);
        return found != null && found.query.equals(asking.query()) ? found.items : null;
    }

    /** The answer to whatever was asked last; null: there is none. */
    @Nullable List<ContextItem> any(Asking asking) {
        Held found = find(asking);
        return found == null ? null : found.items;
    }

    private @Nullable Held find(Asking asking) {
        long now = clock.nanos();
        synchronized (held) {
            Held found = held.get(key(asking));
            if (found == null || fresh(found, now)) return found;
            forget(key(asking));
            return null;
        }
    }

    private static boolean fresh(Held held, long now) {
        return now - held.sinceNanos <= LIFE.toNanos();
    }

    private static ConversationKey key(Asking asking) {
        return new ConversationKey(asking.principal(), asking.conversation());
    }
}
