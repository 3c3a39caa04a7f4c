package dev.loadline.turn;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

import dev.loadline.core.ModelOptions;
import dev.loadline.core.Prompt;
import dev.loadline.core.ToolOffer;

import java.util.List;

/**
 * What a caller asks for beside the text, for one turn. Kept with the turn, so that a later owner
 * asks the model for the same.
 *
 * @param instructions follow the agent's own, marked as the caller's; may be empty
 * @param irrevocable what was shown can't be taken back from this caller: a step that would begin
 *     anew after a part of it was told ends the turn instead
 * @param since what the model had called after the text, with the results: it goes on from there
 * @param tools of the caller's own: what the model asks of them is told, and is the caller's to do
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Asked(
        String instructions,
        ModelOptions options,
        boolean irrevocable,
        List<ToolOffer> tools,
        List<Prompt.Said> since) {
    public Asked {
        since = since == null ? List.of() : List.copyOf(since);
        tools = tools == null ? List.of() : List.copyOf(tools); // what was stored before has none
    }

    /** Of a caller that understands when a step begins anew. */
    public Asked(String instructions, ModelOptions options) {
        this(instructions, options, false, List.of(), List.of());
    }

    /** Nothing. */
    public static final Asked NOTHING = new Asked("", ModelOptions.NONE);
}
