package dev.loadline.core;

import com.fasterxml.jackson.databind.JsonNode;

import org.jspecify.annotations.Nullable;

/**
 * A tool as a model is shown it.
 *
 * @param name {@code [A-Za-z0-9_-]}, at most 64 characters: what both providers take
 * @param parameters JSON Schema of an object; null: it takes no arguments
 * @param strict the arguments must keep to the schema, where the provider can see to that; null: as
 *     the provider likes
 */
public record ToolOffer(
        String name,
        @Nullable String description,
        @Nullable JsonNode parameters,
        @Nullable Boolean strict) {}
