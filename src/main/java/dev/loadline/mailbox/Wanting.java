package dev.loadline.mailbox;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Which tenants found no slot when they wanted one: each until it has asked for nothing for ten
 * seconds. Remembers the 64 latest, so that it does not grow with tenants, who are not trusted. Not
 * thread-safe: under its mailbox's lock.
 */
final class Wanting {
    static final long MEMORY_NANOS = Duration.ofSeconds(10).toNanos();

    private static final int TENANTS_MAX = 64;

    private final LinkedHashMap<String, Long> lately = new LinkedHashMap<>(); // the latest last

    /** It has to wait, or was refused, for want of a slot. */
    void foundNone(String tenant, long now) {
        lately.putLast(tenant, now);
        if (lately.size() > TENANTS_MAX) lately.pollFirstEntry();
    }

    /** It asks for a slot: one that found none a while ago is still there. */
    void asks(String tenant, long now) {
        Long at = lately.get(tenant);
        if (at != null && fresh(at, now)) foundNone(tenant, now);
    }

    boolean another(String tenant, long now) {
        for (Map.Entry<String, Long> latest : lately.sequencedEntrySet().reversed())
            if (!latest.getKey().equals(tenant)) return fresh(latest.getValue(), now);
        return false;
    }

    private static boolean fresh(long at, long now) {
        return now - at < MEMORY_NANOS;
    }
}
