/**
 * Reads many long answers at once for little processor time, and proves that every token arrived:
 * for scenarios that measure a server's cost, where the reader must not take the processor away.
 */
package dev.loadline.load.tokens;
