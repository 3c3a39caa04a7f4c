package dev.loadline.turn;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

import dev.loadline.core.ModelOptions;

/**
 * What a caller asks for beside the text, for one turn. Kept with the turn, so that a later owner
 * asks the model for the same.
 *
 * @param instructions follow the agent's own, marked as the caller's; may be empty
 * @param irrevocable what was shown can't be taken back from this caller: a step that would begin
 *     anew after a part of it was told ends the turn instead
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Asked(String instructions, ModelOptions options, boolean irrevocable) {
    /** Of a caller that understands when a step begins anew. */
    public Asked(String instructions, ModelOptions options) {
        this(instructions, options, false);
    }

    /** Nothing. */
    public static final Asked NOTHING = new Asked("", ModelOptions.NONE);
}
