package dev.loadline.model;

import dev.loadline.guard.RetryAfter;

import io.vertx.core.MultiMap;

import java.time.Duration;

/** What a refusal's headers say, read as the real clients read them; for the simulation. */
public final class SaidAfter {
    private SaidAfter() {}

    /** Zero where no usable time is named. */
    public static Duration of(MultiMap headers, long nowMillis) {
        return RetryAfter.of(headers, nowMillis);
    }
}
