package dev.loadline.store;

import dev.loadline.core.Problem;
import dev.loadline.core.Rfc3339;
import dev.loadline.core.TurnId;
import dev.loadline.turn.By;
import dev.loadline.turn.Finish;
import dev.loadline.turn.Status;
import dev.loadline.turn.Step;
import dev.loadline.turn.Turn;
import dev.loadline.turn.TurnEnd;
import dev.loadline.turn.TurnEvent;
import dev.loadline.turn.TurnHead;
import dev.loadline.turn.TurnMemo;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.stream.Stream;

/**
 * A turn as the store has it.
 *
 * @param attempt how often it was begun or changed its owner while it waited; the try that comes
 *     next has one more
 * @param takeovers begun again because its owner died, since the last checkpoint
 * @param cursor of an ended turn: past its last event; else the start of the attempt
 * @param joined the texts that joined it, in order, with the step that first saw them or will
 * @param steps the finished steps; null once retention has deleted them
 * @param text of an ended turn all that it said, else of its finished steps
 * @param next the turn that was made of texts that this one could not take any more
 */
public record StoredTurn(
        TurnHead head,
        Status status,
        int attempt,
        int takeovers,
        @Nullable String node,
        String cursor,
        TurnMemo memo,
        List<TurnEvent.Input> joined,
        @Nullable List<Step> steps,
        String text,
        @Nullable TurnEnd end,
        @Nullable Long endedMs,
        @Nullable TurnId next) {

    /** As the wire shows it. */
    public Turn view() {
        Finish finish = end instanceof TurnEnd.Completed(Finish why) ? why : null;
        Problem problem = end instanceof TurnEnd.Failed(Problem why) ? why : null;
        By by = end instanceof TurnEnd.Cancelled(By who) ? who : null;
        return new Turn(
                head.id().value(),
                head.conversation().id(),
                head.agent(),
                status,
                head.origin(),
                cursor,
                null,
                Math.max(1, attempt),
                node,
                Stream.concat(head.input().stream(), joined.stream().map(TurnEvent.Input::message))
                        .toList(),
                steps,
                text,
                finish == null ? null : text.substring(Math.min(memo.answerAt(), text.length())),
                finish,
                problem,
                by,
                memo.usage(),
                memo.timings(),
                memo.context(),
                memo.degradations(),
                List.of(),
                head.chain(),
                Rfc3339.of(head.createdMs()),
                endedMs == null ? null : Rfc3339.of(endedMs),
                head.metadata());
    }
}
