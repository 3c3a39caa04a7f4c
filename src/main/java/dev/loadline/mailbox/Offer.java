package dev.loadline.mailbox;

import java.time.Duration;

/** What a mailbox says at its door, at once. */
public sealed interface Offer {
    /** Taken; {@code depth} messages now wait. */
    record Accepted(int depth) implements Offer {}

    record Refused(Refusal reason, Duration retryAfter) implements Offer {}
}
