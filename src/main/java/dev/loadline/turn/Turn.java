package dev.loadline.turn;

import com.fasterxml.jackson.annotation.JsonInclude;

import dev.loadline.core.ContextReport;
import dev.loadline.core.Origin;
import dev.loadline.core.Problem;
import dev.loadline.core.Usage;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;

/**
 * A turn as the wire shows it.
 *
 * @param steps absent once retention has deleted them, and in lists
 * @param text the texts of all steps in order with nothing between
 * @param answer the last step's text, once completed
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Turn(
        String turn,
        String conversation,
        String agent,
        Status status,
        Origin origin,
        String cursor,
        @Nullable Waiting waitingFor,
        int attempt,
        @Nullable String node,
        List<Message> input,
        @Nullable List<Step> steps,
        String text,
        @Nullable String answer,
        @Nullable Finish finish,
        @Nullable Problem problem,
        @Nullable By cancelledBy,
        Usage usage,
        Timings timings,
        @Nullable ContextReport context,
        List<Degradation> degradations,
        List<Approval> approvals,
        Chain chain,
        String created,
        @Nullable String ended,
        @Nullable Map<String, String> metadata) {

    public Turn withoutSteps() {
        return new Turn(
                turn,
                conversation,
                agent,
                status,
                origin,
                cursor,
                waitingFor,
                attempt,
                node,
                input,
                null,
                text,
                answer,
                finish,
                problem,
                cancelledBy,
                usage,
                timings,
                context,
                degradations,
                approvals,
                chain,
                created,
                ended,
                metadata);
    }
}
