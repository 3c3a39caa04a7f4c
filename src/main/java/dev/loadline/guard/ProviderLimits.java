package dev.loadline.guard;

import java.time.Duration;

/**
 * What an answer's headers say of a provider's rate limit.
 *
 * @param spent nothing is left: no further call would be served
 * @param reset until there is some again; zero: not said
 * @param sentNanos when the call whose answer this is was written
 */
public record ProviderLimits(boolean spent, Duration reset, long sentNanos) {}
