package dev.loadline.turn;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

import dev.loadline.core.ContextReport;
import dev.loadline.core.Usage;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * What is kept of a turn at a checkpoint, as versioned JSON beside its input: recovery reads it and
 * goes on. A node leaves turns of a newer version alone.
 *
 * @param step the step that comes next or is under way, from 1
 * @param usage of the finished steps
 * @param answerAt where the last step's text begins in the turn's text (UTF-16 units)
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record TurnMemo(
        int version,
        int step,
        Usage usage,
        Timings timings,
        @Nullable ContextReport context,
        List<Degradation> degradations,
        int answerAt) {

    public static final int VERSION = 1;

    public static TurnMemo fresh() {
        return new TurnMemo(VERSION, 1, Usage.NONE, Timings.NONE, null, List.of(), 0);
    }
}
