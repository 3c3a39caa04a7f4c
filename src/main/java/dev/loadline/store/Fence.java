package dev.loadline.store;

/**
 * Under whose lease a write is made: every write of a turn changes nothing once its conversation
 * has another owner or epoch.
 */
public record Fence(String node, long epoch) {}
