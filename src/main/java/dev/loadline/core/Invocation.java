package dev.loadline.core;

import org.jspecify.annotations.Nullable;

/**
 * How a piece of work came to be: its cause, its place in the tree of work under one root, for
 * whom, how urgent and until when.
 */
public record Invocation(
        Origin origin,
        String root,
        @Nullable String parent,
        int depth,
        Principal principal,
        WorkClass workClass,
        Deadline deadline) {}
