package dev.loadline.guard;

import java.time.Duration;

/** What a guard says to an {@link Ask}. */
public sealed interface Verdict {
    /** Go. Exactly one {@link Permit#ended} must follow. */
    record Go(Permit permit) implements Verdict {}

    /**
     * Not now: stand in a queue for so long (an estimate, at least 1 ms), then ask again; sooner if
     * {@link Guard#onRoom} says so.
     */
    record Wait(Duration time, Reason reason) implements Verdict {}

    /** Not at all. {@code retryAfter}: when it may be worth asking again; zero: nobody knows. */
    record Refused(Reason reason, Duration retryAfter) implements Verdict {}
}
