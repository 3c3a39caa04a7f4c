package dev.loadline.transport;

import dev.loadline.core.Principal;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** How many of one thing each principal holds; who holds none is not known. Any thread. */
final class Shares {
    private final Map<Principal, Integer> held = new ConcurrentHashMap<>();

    /** Takes one more, unless it holds {@code max}. */
    boolean takes(Principal who, int max) {
        if (held.merge(who, 1, Integer::sum) <= max) return true;
        gives(who);
        return false;
    }

    void gives(Principal who) {
        held.computeIfPresent(who, (it, now) -> now == 1 ? null : now - 1);
    }

    /** How many principals hold any. */
    int size() {
        return held.size();
    }
}
