package dev.loadline.engine;

import dev.loadline.context.ContextTask;
import dev.loadline.core.Agent;
import dev.loadline.core.Deadline;
import dev.loadline.core.Json;
import dev.loadline.core.Problem;
import dev.loadline.core.Problem.Code;
import dev.loadline.core.Prompt;
import dev.loadline.core.WorkClass;
import dev.loadline.mailbox.Letter;
import dev.loadline.turn.Asked;
import dev.loadline.turn.Conversation;

import io.vertx.core.Future;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * What must be known of a message that was let in before it is stored: who answers it, and that it
 * fits. It costs a read of the store and, for long texts, the tokenizer. Any loop.
 */
final class Preparing {
    private static final int TOKENS_PER_CHAR_MAX =
            3; // a UTF-16 unit is at most three bytes, a byte at most one token

    private final Hands hands;

    Preparing(Hands hands) {
        this.hands = hands;
    }

    Problem unknown(String agent) {
        String known = String.join(", ", hands.agents().keySet());
        return Problem.invalid("agent", "no such agent: " + agent + " (there is: " + known + ")")
                .withStatus(422);
    }

    /** The agent of the conversation, which may have to be opened for it yet. */
    Future<Agent> agent(Submission submission) {
        return hands.store()
                .conversation(submission.conversation())
                .recover(why -> Future.failedFuture(Problems.worded(why)))
                .compose(found -> named(submission, found.orElse(null)))
                .compose(name -> fitting(submission, name));
    }

    private static Future<String> named(Submission submission, @Nullable Conversation there) {
        String opensWith = submission.opensWith();
        if (there == null)
            return opensWith == null
                    ? Problems.failed(Problem.notFound("conversation"))
                    : Future.succeededFuture(opensWith);
        return opensWith == null || opensWith.equals(there.agent())
                ? Future.succeededFuture(there.agent())
                : Problems.failed(Problems.agentDiffers(there.agent()));
    }

    private Future<Agent> fitting(Submission submission, String name) {
        Agent agent = hands.agents().get(name);
        if (agent == null) return Problems.failed(unknown(name));
        Asked asked = submission.asked() == null ? Asked.NOTHING : submission.asked();
        return fitting(agent, submission.text(), asked, "text");
    }

    /** The agent, if what its caller sends fits. */
    Future<Agent> agent(Agent agent, Conversing conversing) {
        Asked asked = conversing.asked();
        var all = new StringBuilder(conversing.text());
        for (Prompt.Said said : asked.since()) all.append(said.whole());
        if (!asked.tools().isEmpty()) all.append(Json.write(asked.tools()));
        return fitting(agent, all.toString(), asked, "messages");
    }

    private Future<Agent> fitting(Agent agent, String text, Asked asked, String path) {
        long chars = (long) text.length() + agent.instructions().length() + 64;
        if (asked.instructions().isEmpty()
                && chars * TOKENS_PER_CHAR_MAX <= agent.budget().tokens())
            return Future.succeededFuture(agent);
        var task = new ContextTask.Measure(agent, text, asked.instructions());
        var deadline = Deadline.after(hands.clock(), Admission.SUBMIT_WAIT);
        return hands.bus()
                .<ContextTask, ContextTask.Answer>ask(
                        "context", new Letter<>(task, WorkClass.INTERACTIVE, deadline))
                .compose(Problems::answer)
                .compose(
                        answer -> {
                            var measured = (ContextTask.Answer.Measured) answer;
                            return measured.fits()
                                    ? Future.succeededFuture(agent)
                                    : Problems.failed(tooLarge(agent, measured, path));
                        });
    }

    private static Problem tooLarge(
            Agent agent, ContextTask.Answer.Measured measured, String path) {
        return Problem.of(
                        Code.CONTEXT_TOO_LARGE,
                        "the message and the instructions are "
                                + measured.tokens()
                                + " tokens; the agent's budget is "
                                + agent.budget().tokens())
                .withErrors(
                        List.of(
                                new Problem.FieldError(
                                        path, "shorten it, or raise context.budget.tokens")));
    }
}
