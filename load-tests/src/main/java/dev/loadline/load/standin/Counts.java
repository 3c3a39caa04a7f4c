package dev.loadline.load.standin;

import io.vertx.core.json.JsonObject;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** What reached the stand-in since the last reset. Thread-safe. */
final class Counts {
    private static final int KEYS_MAX = 200_000;

    private final Map<String, AtomicInteger> keys = new ConcurrentHashMap<>();
    private final Map<String, Group> groups = new ConcurrentHashMap<>();
    private final Group all = new Group();
    private final LongAdder tokens = new LongAdder();

    /** Calls that are counted together. */
    private static final class Group {
        private final AtomicInteger calls = new AtomicInteger();
        private final AtomicInteger active = new AtomicInteger();
        private final AtomicInteger maxActive = new AtomicInteger();
        private final AtomicInteger aborted = new AtomicInteger();

        void begun() {
            calls.incrementAndGet();
            maxActive.accumulateAndGet(active.incrementAndGet(), Math::max);
        }

        void ended(boolean whole) {
            active.decrementAndGet();
            if (!whole) aborted.incrementAndGet();
        }

        /** What is under way stays. */
        void reset() {
            calls.set(0);
            aborted.set(0);
            maxActive.set(active.get());
        }

        JsonObject json() {
            return new JsonObject()
                    .put("calls", calls.get())
                    .put("active", active.get())
                    .put("maxActive", maxActive.get())
                    .put("aborted", aborted.get());
        }
    }

    void begun(Script script) {
        all.begun();
        if (!script.group().isEmpty()) group(script).begun();
        AtomicInteger known = keys.get(script.key());
        if (known != null) known.incrementAndGet();
        else if (keys.size() < KEYS_MAX)
            keys.computeIfAbsent(script.key(), key -> new AtomicInteger()).incrementAndGet();
    }

    void ended(Script script, boolean whole) {
        all.ended(whole);
        if (!script.group().isEmpty()) group(script).ended(whole);
    }

    void tokens(int count) {
        tokens.add(count);
    }

    void reset() {
        all.reset();
        groups.values().forEach(Group::reset);
        keys.clear();
        tokens.reset();
    }

    /** With {@code keys}: calls by key as well. */
    JsonObject json(boolean withKeys) {
        JsonObject json = all.json().put("tokens", tokens.sum()).put("distinct", keys.size());
        JsonObject byGroup = new JsonObject();
        groups.forEach((name, group) -> byGroup.put(name, group.json()));
        json.put("groups", byGroup);
        if (!withKeys) return json;
        JsonObject byKey = new JsonObject();
        keys.forEach((key, calls) -> byKey.put(key, calls.get()));
        return json.put("keys", byKey);
    }

    private Group group(Script script) {
        return groups.computeIfAbsent(script.group(), name -> new Group());
    }
}
