package dev.loadline.engine;

import dev.loadline.core.Principal;
import dev.loadline.core.Problem;
import dev.loadline.core.Quota;

import org.jspecify.annotations.Nullable;

/** What each principal may use and has used of it. Any thread. */
public interface Quotas {
    /** The limits of this principal. */
    Quota limits(Principal principal);

    /** What it has used of them; only of limits that exist. */
    Quota used(Principal principal);

    /**
     * Counts one more open stream or socket; null if there is room, else the {@code quota_exceeded}
     * to answer, and nothing is counted.
     */
    @Nullable Problem streamOpens(Principal principal);

    /** One that was counted is closed. */
    void streamEnds(Principal principal);

    /** Nobody is limited. */
    static Quotas none() {
        return new Quotas() {
            @Override
            public Quota limits(Principal principal) {
                return Quota.NONE;
            }

            @Override
            public Quota used(Principal principal) {
                return Quota.NONE;
            }

            @Override
            public @Nullable Problem streamOpens(Principal principal) {
                return null;
            }

            @Override
            public void streamEnds(Principal principal) {}
        };
    }
}
