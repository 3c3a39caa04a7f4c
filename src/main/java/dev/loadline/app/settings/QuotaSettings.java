package dev.loadline.app.settings;

import dev.loadline.core.Principal;
import dev.loadline.core.Quota;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Who may use how much. For each limit by itself, the most specific entry that names it holds:
 * {@code tenant/user}, then the tenant's, then {@code default}. A limit that none of them names
 * does not exist. The entry {@code default} is everybody's: users of a tenant of that name are
 * limited by {@code default/user} only.
 *
 * @param entries by {@code default}, tenant, or {@code tenant/user}
 */
public record QuotaSettings(Map<String, Quota> entries) {
    public static final QuotaSettings NONE = new QuotaSettings(Map.of());

    static final String DEFAULT = "default";

    public QuotaSettings {
        entries = Map.copyOf(entries);
    }

    /** What holds for this principal. */
    public Quota of(Principal principal) {
        if (entries.isEmpty()) return Quota.NONE;
        List<Quota> own = new ArrayList<>();
        for (String name : List.of(principal.toString(), principal.tenant(), DEFAULT)) {
            Quota entry = entries.get(name);
            if (entry != null) own.add(entry);
        }
        return new Quota(
                first(own, Quota::turnsPerMinute),
                first(own, Quota::streams),
                first(own, Quota::tokensPerDay));
    }

    private static <T> @Nullable T first(List<Quota> entries, Function<Quota, @Nullable T> member) {
        for (Quota entry : entries) {
            T value = member.apply(entry);
            if (value != null) return value;
        }
        return null;
    }
}
