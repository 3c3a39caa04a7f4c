/**
 * The generator: Gatling simulations that carry out a plan. Each runs in a process of its own,
 * started by {@link dev.loadline.load.gatling.Generator}; {@link
 * dev.loadline.load.gatling.PlannedRun} is what they share. A simulation says only what one virtual
 * user does when its time has come.
 */
package dev.loadline.load.gatling;
