package dev.loadline.sim;

import dev.loadline.core.Problem;
import dev.loadline.core.ProblemException;
import dev.loadline.engine.Desk;
import dev.loadline.engine.Submission;

import io.vertx.core.Future;
import io.vertx.core.Promise;

import java.time.Duration;

/** A node's door for messages, with one deliberate bug if any. */
final class BrokenDoor {
    private final Mutation mutation;
    private final Desk desk;
    private final SlotWatch watch;
    private final SimWorld world;

    BrokenDoor(Mutation mutation, Desk desk, SlotWatch watch, SimWorld world) {
        this.mutation = mutation;
        this.desk = desk;
        this.watch = watch;
        this.world = world;
    }

    Future<Submission.Reply> submit(Submission submission) {
        if (mutation == Mutation.WAITER_LOST && watch.depth() > 0 && world.chance(0.1))
            return Promise.<Submission.Reply>promise().future();
        Future<Submission.Reply> answer = desk.submit(submission);
        if (mutation == Mutation.REFUSED_BEGUN) answer.onFailure(why -> onceMore(submission, 20));
        if (mutation == Mutation.REFUSED_ACKNOWLEDGED && watch.depth() > 0)
            return answer.compose(reply -> Future.failedFuture(overloaded()));
        return answer;
    }

    /** It was told no, and goes in as soon as there is room. */
    private void onceMore(Submission submission, int triesLeft) {
        if (triesLeft == 0) return;
        world.at(
                watch.place(),
                Duration.ofMillis(500),
                "in by the back door",
                () ->
                        desk.submit(submission)
                                .onFailure(why -> onceMore(submission, triesLeft - 1)));
    }

    private static Throwable overloaded() {
        return new ProblemException(
                Problem.of(Problem.Code.OVERLOADED, "the server is full: late")
                        .withRetryAfterMs(1_000));
    }
}
