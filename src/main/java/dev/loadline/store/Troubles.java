package dev.loadline.store;

import dev.loadline.core.Clock;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.sql.SQLException;
import java.time.Duration;

/** The database's failures: the last one is kept, one in ten seconds is logged. Any thread. */
final class Troubles {
    private static final Logger LOG = LoggerFactory.getLogger(Troubles.class);
    private static final long PAUSE_NANOS = Duration.ofSeconds(10).toNanos();

    private final Clock clock;
    private @Nullable String last;
    private long loggedNanos;

    Troubles(Clock clock) {
        this.clock = clock;
    }

    void note(Throwable why) {
        note(String.valueOf(why.getMessage()), why);
    }

    synchronized void note(String what, Throwable why) {
        long now = clock.nanos();
        if (last == null || now - loggedNanos > PAUSE_NANOS) {
            if (why instanceof StoreFailure || why instanceof SQLException) {
                LOG.error("store: {}{}", what, cause(why));
            } else {
                LOG.error("store: {}", what, why); // a bug
            }
            loggedNanos = now;
        }
        last = what;
    }

    private static String cause(Throwable why) {
        return why.getCause() == null ? "" : " (" + why.getCause().getMessage() + ")";
    }

    synchronized @Nullable String last() {
        return last;
    }
}
