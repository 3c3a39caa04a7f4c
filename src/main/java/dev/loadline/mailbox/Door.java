package dev.loadline.mailbox;

import java.time.Duration;

/** What the door of a {@link Line} says. {@code due}: what else is to be done now. */
sealed interface Door<T> {
    Line.Due<T> due();

    record Begin<T>(Entry<T> entry, Line.Due<T> due) implements Door<T> {}

    record Wait<T>(Entry<T> entry, int depth, Line.Due<T> due) implements Door<T> {}

    record Refuse<T>(Refusal reason, Duration retryAfter, Line.Due<T> due) implements Door<T> {}

    /** Its deadline had passed when it came. */
    record Expire<T>(Line.Due<T> due) implements Door<T> {}
}
