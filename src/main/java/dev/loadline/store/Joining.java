package dev.loadline.store;

import org.jspecify.annotations.Nullable;

/** How a text joined a turn that was there already. */
public sealed interface Joining {
    /** While it ran. */
    record Steered() implements Joining {}

    /** While it waited, as the how many-th of its texts. */
    record Collected(int count) implements Joining {}

    /** As the columns {@code joined} and {@code joined_as} of a message have it. */
    static @Nullable Joining read(@Nullable String joined, @Nullable Long joinedAs) {
        if (joined == null) return null;
        return switch (joined) {
            case "steer" -> new Steered();
            case "collect" -> new Collected(joinedAs == null ? 1 : joinedAs.intValue());
            default -> throw new IllegalStateException("a message can't have joined by " + joined);
        };
    }

    /** For the column {@code joined}. */
    default String column() {
        return switch (this) {
            case Steered running -> "steer";
            case Collected waiting -> "collect";
        };
    }

    /** For the column {@code joined_as}. */
    default @Nullable Long countColumn() {
        return switch (this) {
            case Steered running -> null;
            case Collected(int n) -> Long.valueOf(n);
        };
    }
}
