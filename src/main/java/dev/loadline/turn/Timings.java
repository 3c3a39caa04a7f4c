package dev.loadline.turn;

import org.jspecify.annotations.Nullable;

/**
 * When each stage of a turn was reached, in ms since the last byte of its request was read. {@code
 * queued}, {@code modelMs} and {@code overhead} are lengths. API.md "Shapes". A pause before the
 * model is asked once more is the model's; that a parked turn waits for a slot is ours.
 */
public record Timings(
        long authenticated,
        @Nullable Long accepted,
        @Nullable Long queued,
        @Nullable Long state,
        @Nullable Long context,
        @Nullable Long modelRequest,
        @Nullable Long firstToken,
        @Nullable Long completed,
        @Nullable Long modelMs,
        @Nullable Long overhead) {

    public Timings {
        if (queued == null) queued = 0L; // the wire always has it; what has not waited is 0
    }

    public static final Timings NONE =
            new Timings(0, null, null, null, null, null, null, null, null, null);
}
