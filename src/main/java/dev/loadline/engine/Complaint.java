package dev.loadline.engine;

import io.vertx.core.AsyncResult;

import org.slf4j.Logger;

/**
 * Something that is done again and again: that it fails is said once, and once that it works again.
 * One thread at a time.
 */
final class Complaint {
    private final Logger log;
    private final String what;
    private boolean fails;

    /**
     * @param what that which fails, as the beginning of a sentence
     */
    Complaint(Logger log, String what) {
        this.log = log;
        this.what = what;
    }

    void heard(AsyncResult<?> done) {
        if (done.failed() == fails) return;
        fails = done.failed();
        if (fails) log.warn("{} fails: {}", what, done.cause().getMessage());
        else log.info("{} works again", what);
    }
}
