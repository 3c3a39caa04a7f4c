package dev.loadline.turn;

import org.jspecify.annotations.Nullable;

import java.util.List;

/** A turn's place in the tree of work under one root. */
public record Chain(
        String root,
        @Nullable String parent,
        int depth,
        @Nullable String task,
        List<String> children) {
    public static Chain rootOf(String turn) {
        return new Chain(turn, null, 0, null, List.of());
    }
}
