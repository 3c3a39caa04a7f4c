package dev.loadline.mailbox;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/**
 * Whether another tenant was refused in the last ten seconds. For that, the last refusal and the
 * last one of a different tenant are enough: the memory does not grow with the tenants. Not
 * thread-safe: under its mailbox's lock.
 */
final class RefusedLately {
    static final long MEMORY_NANOS = Duration.ofSeconds(10).toNanos();

    private record Last(String tenant, long atNanos) {
        boolean fresh(long now) {
            return now - atNanos < MEMORY_NANOS;
        }
    }

    private @Nullable Last last;
    private @Nullable Last before; // the last of another tenant than that

    void add(String tenant, long now) {
        if (last != null && !last.tenant.equals(tenant)) before = last;
        last = new Last(tenant, now);
    }

    boolean another(String tenant, long now) {
        Last other = last != null && last.tenant.equals(tenant) ? before : last;
        return other != null && other.fresh(now);
    }
}
