package dev.loadline.model;

import java.time.Duration;

/**
 * A call stands in line before a model.
 *
 * @param dependency {@code model:main}
 * @param reason rate_limited (its gate is closed), shed (its limit is reached) or open
 * @param time an estimate
 */
public record ModelWait(String dependency, String reason, Duration time) {}
