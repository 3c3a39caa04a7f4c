package dev.loadline.core;

import com.fasterxml.jackson.databind.JsonNode;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;

/**
 * What a caller asks of a model beside its prompt; absent: as the provider likes. A provider that
 * has no word for one of them leaves it out.
 *
 * @param maxTokens of the answer
 * @param stop texts at which the answer ends; at most 4
 * @param responseFormat as OpenAI's API has it
 * @param toolChoice as OpenAI's API has it
 */
public record ModelOptions(
        @Nullable Double temperature,
        @Nullable Double topP,
        @Nullable Integer maxTokens,
        List<String> stop,
        @Nullable Long seed,
        @Nullable JsonNode responseFormat,
        @Nullable JsonNode toolChoice,
        @Nullable String reasoningEffort,
        @Nullable String user,
        Map<String, String> metadata) {
    /** Nothing is asked. */
    public static final ModelOptions NONE =
            new ModelOptions(null, null, null, List.of(), null, null, null, null, null, Map.of());

    public ModelOptions {
        stop = List.copyOf(stop);
        metadata = Map.copyOf(metadata);
    }
}
