package dev.loadline.turn;

import org.jspecify.annotations.Nullable;

/**
 * The answer to a submission. {@code position} counts from 1 for a turn that waits behind others.
 */
public record Submitted(
        String turn,
        String conversation,
        boolean duplicate,
        @Nullable Boolean steered,
        @Nullable Integer collected,
        @Nullable Integer position) {}
