package dev.loadline.store;

import io.vertx.core.Context;
import io.vertx.core.Vertx;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.concurrent.RejectedExecutionException;

/** Whoever asked, and where answers are to be given: its Vert.x context, if it has one. */
record Asker(@Nullable Context context) {
    private static final Logger LOG = LoggerFactory.getLogger(Asker.class);

    /** The calling thread's. */
    static Asker current() {
        return new Asker(Vertx.currentContext());
    }

    /** Gives an answer; what its listeners throw does not harm the calling thread. */
    void answer(Runnable completion) {
        if (context == null) {
            complete(completion);
            return;
        }
        try {
            context.runOnContext(now -> complete(completion));
        } catch (RejectedExecutionException loopIsGone) {
            complete(completion);
        }
    }

    private static void complete(Runnable completion) {
        try {
            completion.run();
        } catch (RuntimeException | Error thrown) {
            LOG.error("a listener of a store answer failed", thrown);
        }
    }
}
