package dev.loadline.app.settings;

import dev.loadline.core.Quota;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.Map;

/** Reads {@code quotas}. */
final class QuotaReader {
    private static final int TURNS_MAX = 100_000; // each is remembered for a minute
    private static final int STREAMS_MAX = 1_000_000;
    private static final long TOKENS_MAX = 1_000_000_000_000L;

    private QuotaReader() {}

    static QuotaSettings read(Section root) {
        Map<String, Quota> entries = new HashMap<>();
        root.named("quotas")
                .forEach(
                        (name, keys) -> {
                            if (!AuthReader.isName(name) && AuthReader.principal(name) == null)
                                root.section("quotas")
                                        .refuse(name, "must be default, a tenant, or tenant/user");
                            entries.put(name, quota(keys));
                        });
        return new QuotaSettings(entries);
    }

    private static Quota quota(Section keys) {
        Long turns = limit(keys, "turnsPerMinute", TURNS_MAX);
        Long streams = limit(keys, "streams", STREAMS_MAX);
        return new Quota(
                turns == null ? null : Integer.valueOf(turns.intValue()),
                streams == null ? null : Integer.valueOf(streams.intValue()),
                limit(keys, "tokensPerDay", TOKENS_MAX));
    }

    /** Null where there is no such limit. */
    private static @Nullable Long limit(Section keys, String key, long max) {
        long value = keys.integer(key, 1L);
        if (!keys.has(key)) return null;
        if (value >= 1 && value <= max) return value;
        keys.refuse(key, "must be 1.." + max + ", or be left out for no limit");
        return null;
    }
}
