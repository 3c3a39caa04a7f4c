/**
 * The processes of a run: each in a JVM of its own, with what can be read of them from outside
 * (processor time, heap, threads, what they serve). Closing one ends it; what is left when the run
 * ends is killed.
 */
package dev.loadline.load.process;
