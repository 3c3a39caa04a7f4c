/**
 * Counting.
 *
 * <p>Face: {@link dev.loadline.telemetry.Metrics} (all meters of ours, by Micrometer), {@link
 * dev.loadline.telemetry.Prometheus} (the scrape), {@link dev.loadline.telemetry.VertxMetrics} (a
 * Vert.x that counts into it), {@link dev.loadline.telemetry.Background} (the only way to start
 * work nobody waits for), {@link dev.loadline.telemetry.LoopLag}, {@link
 * dev.loadline.telemetry.Reading} (what {@code transport} serves under {@code /api/ops}). Thread:
 * any. May import: core.
 */
@NullMarked
package dev.loadline.telemetry;

import org.jspecify.annotations.NullMarked;
