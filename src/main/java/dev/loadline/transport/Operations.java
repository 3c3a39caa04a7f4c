package dev.loadline.transport;

import org.jspecify.annotations.Nullable;

import java.util.Set;

/**
 * What operators may change while the node runs; API-OPS.md. Dependencies have their names of the
 * reading {@code dependencies}. Any thread, at once.
 */
public interface Operations {
    /** Those that can be changed: the store has no guard, and is none of them. */
    Set<String> dependencies();

    /** Lets no call to it go until {@link #release}. */
    void hold(String dependency);

    void release(String dependency);

    /** Forgets what is normal for it. */
    void relearn(String dependency);

    /** Null outside of drills: then nothing can be made to fail. */
    @Nullable Drill drill();

    /** Makes things go wrong on purpose. */
    interface Drill {
        /** False: calls go as from a naive runtime. */
        boolean guarded();

        void guard(boolean enabled);

        Fault fault(String dependency);

        /**
         * @param fault {@link Fault#NONE} ends what was ordered before
         */
        void fault(String dependency, Fault fault);
    }

    /** What the next calls to a dependency suffer; absent members do nothing. */
    record Fault(
            @Nullable Double latencyFactor,
            @Nullable Long addLatencyMs,
            @Nullable Double errorRate,
            @Nullable Integer errorStatus,
            @Nullable Double rateLimitRate,
            @Nullable Long retryAfterMs,
            @Nullable Boolean hang,
            @Nullable Integer cutAfterChunks) {
        public static final Fault NONE = new Fault(null, null, null, null, null, null, null, null);
    }

    /** Of a node that lets nobody change anything. */
    static Operations none() {
        return new Operations() {
            @Override
            public Set<String> dependencies() {
                return Set.of();
            }

            @Override
            public void hold(String dependency) {}

            @Override
            public void release(String dependency) {}

            @Override
            public void relearn(String dependency) {}

            @Override
            public @Nullable Drill drill() {
                return null;
            }
        };
    }
}
