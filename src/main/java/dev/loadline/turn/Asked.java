package dev.loadline.turn;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

import dev.loadline.core.ModelOptions;

/**
 * What a caller asks for beside the text, for one turn. Kept with the turn, so that a later owner
 * asks the model for the same.
 *
 * @param instructions follow the agent's own, marked as the caller's; may be empty
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Asked(String instructions, ModelOptions options) {
    /** Nothing. */
    public static final Asked NOTHING = new Asked("", ModelOptions.NONE);
}
