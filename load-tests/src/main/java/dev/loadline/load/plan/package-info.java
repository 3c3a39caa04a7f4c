/**
 * Values: what shall be asked and when, fixed before a run ({@link dev.loadline.load.plan.Plan}),
 * and what became of it ({@link dev.loadline.load.plan.Attempts}). Times of one run are
 * microseconds since its zero.
 */
package dev.loadline.load.plan;
