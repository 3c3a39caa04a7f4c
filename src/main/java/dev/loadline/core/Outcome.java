package dev.loadline.core;

import java.time.Duration;

/**
 * How a call to a dependency ended, classified once, at the dependency's client. MECHANISMS §2 says
 * what each means to the guard.
 */
public sealed interface Outcome<T> {
    record Ok<T>(T value) implements Outcome<T> {}

    /** Everything that is not an answer. {@code detail} is for our log and must hold no secret. */
    sealed interface Failed<T> extends Outcome<T> {
        String detail();
    }

    /** The dependency's own time-out passed. */
    record TimedOut<T>(String detail) implements Failed<T> {}

    /** Our own shorter budget ended the wait: says nothing about the dependency. */
    record CutShort<T>(String detail) implements Failed<T> {}

    /** Connect failure, reset, cut in mid-answer, 408, 425, 502, 503, 504, 529. */
    record Unavailable<T>(String detail) implements Failed<T> {}

    /** 500 and other 5xx, an error inside a 200 answer, garbage. */
    record ServerError<T>(String detail) implements Failed<T> {}

    /** 429; {@code retryAfter} is zero where the answer named no time. */
    record RateLimited<T>(Duration retryAfter, String detail) implements Failed<T> {}

    /** Quota or credit is gone: waiting does not heal it. */
    record Exhausted<T>(String detail) implements Failed<T> {}

    /** Other 4xx: the request or the key is wrong. */
    record Rejected<T>(int status, String detail) implements Failed<T> {}

    /** We ended it ourselves. */
    record Cancelled<T>(String detail) implements Failed<T> {}

    /**
     * Our own guard did not let it go.
     *
     * @param reason open, shed or rate_limited, as the wire says it
     * @param retryAfter zero: nobody knows
     */
    record Refused<T>(String reason, Duration retryAfter, String detail) implements Failed<T> {}
}
