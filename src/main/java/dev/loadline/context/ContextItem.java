package dev.loadline.context;

/**
 * A piece of what a source knows. It goes into a prompt whole or not at all.
 *
 * @param id the source's own name for it; may be empty
 */
public record ContextItem(String id, String text) {}
