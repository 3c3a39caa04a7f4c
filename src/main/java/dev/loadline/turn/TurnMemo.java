package dev.loadline.turn;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;

import dev.loadline.core.ContextReport;
import dev.loadline.core.Usage;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What is kept of a turn at a checkpoint, as versioned JSON beside its input: recovery reads it and
 * goes on. A node leaves turns of a newer version alone.
 *
 * @param step the step that comes next or is under way, from 1
 * @param usage of the finished steps
 * @param answerAt where the last step's text begins in the turn's text (UTF-16 units)
 * @param seen of each text that joined the turn (by its message's id): the step that first saw it,
 *     or will; what is not here yet the next step sees
 * @param asked what the caller asks for beside the text, while the turn has not ended; absent:
 *     nothing
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record TurnMemo(
        int version,
        int step,
        Usage usage,
        Timings timings,
        @Nullable ContextReport context,
        List<Degradation> degradations,
        int answerAt,
        Map<String, Integer> seen,
        @Nullable Asked asked) {

    public TurnMemo {
        seen = seen == null ? Map.of() : Map.copyOf(seen);
    }

    public static final int VERSION = 1;

    /** Of a turn that has ended, or whose caller asks for nothing but an answer. */
    public TurnMemo(
            int version,
            int step,
            Usage usage,
            Timings timings,
            @Nullable ContextReport context,
            List<Degradation> degradations,
            int answerAt,
            Map<String, Integer> seen) {
        this(version, step, usage, timings, context, degradations, answerAt, seen, null);
    }

    public static TurnMemo fresh() {
        return fresh(null);
    }

    public static TurnMemo fresh(@Nullable Asked asked) {
        return new TurnMemo(
                VERSION, 1, Usage.NONE, Timings.NONE, null, List.of(), 0, Map.of(), asked);
    }

    /** With one thing more that it ran without. */
    public TurnMemo with(Degradation more) {
        List<Degradation> all = Stream.concat(degradations.stream(), Stream.of(more)).toList();
        return new TurnMemo(version, step, usage, timings, context, all, answerAt, seen, asked);
    }

    public TurnMemo withContext(@Nullable ContextReport report) {
        return new TurnMemo(
                version, step, usage, timings, report, degradations, answerAt, seen, asked);
    }
}
