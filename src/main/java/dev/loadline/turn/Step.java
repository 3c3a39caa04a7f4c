package dev.loadline.turn;

import dev.loadline.core.Usage;

import org.jspecify.annotations.Nullable;

import java.util.List;

/** One model call and the tool calls it asked for; counted from 1. */
public record Step(
        int step,
        String model,
        String text,
        @Nullable String reasoning,
        List<Call> calls,
        @Nullable Usage usage,
        @Nullable Long ms) {}
