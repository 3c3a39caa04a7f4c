package dev.loadline.mailbox;

import java.time.Duration;

/** What an {@code ask} always comes back with. */
public sealed interface Reply<R> {
    record Answer<R>(R value) implements Reply<R> {}

    /** Not begun. {@code retryAfter}: when it may be worth asking again. */
    record Refused<R>(Refusal reason, Duration retryAfter) implements Reply<R> {}

    /** The deadline passed: it may or may not have been begun. */
    record Expired<R>() implements Reply<R> {}

    /** The service failed: a bug or a fault that it has no word for. */
    record Broken<R>(Throwable why) implements Reply<R> {}
}
