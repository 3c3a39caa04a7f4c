/**
 * Counting.
 *
 * <p>Face: {@link dev.loadline.telemetry.Reading} (what {@code transport} serves under {@code
 * /api/ops}), metrics by Micrometer, and the only way to start work nobody waits for ({@code
 * Background.run}). Thread: any. May import: core.
 */
@NullMarked
package dev.loadline.telemetry;

import org.jspecify.annotations.NullMarked;
