package dev.loadline.engine;

import dev.loadline.turn.Feed;

/**
 * A turn of a conversation that its caller keeps, running. Nothing finds it but this.
 *
 * @param hangUp says that its reader is done, or gone: a turn that still runs is cancelled (by:
 *     disconnect). Any thread, any number of times
 */
public record Conversed(Feed feed, Runnable hangUp) {}
