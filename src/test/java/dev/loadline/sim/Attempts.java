package dev.loadline.sim;

import dev.loadline.core.Problem;
import dev.loadline.core.Problem.Code;
import dev.loadline.core.ProblemException;
import dev.loadline.engine.Desk;
import dev.loadline.engine.Submission;
import dev.loadline.store.SubmitDecision;

import io.vertx.core.Future;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Every single submission that reached a node: it is answered in time, and what was told to it
 * stays true. Each is marked in its metadata, so that it is known again on its way.
 */
final class Attempts {
    private static final String MARK = "try";
    private static final Pattern MARKED = Pattern.compile("\"" + MARK + "\":\"(\\d+)\"");
    private static final String ALL_MARKS = "SELECT metadata FROM turns WHERE metadata IS NOT NULL";

    /**
     * Ten seconds at admission, with a sweep; and before it the reads of a slow store. While its
     * node stands still, nobody waits.
     */
    private static final Duration BOUND = Duration.ofSeconds(17);

    /** One submission. */
    static final class Attempt {
        final Submission submission;
        final SlotWatch watch;
        final long at;
        private boolean begun;
        private boolean answered;
        private boolean stored;
        private @Nullable Problem shed;

        Attempt(Submission submission, SlotWatch watch, long at) {
            this.submission = submission;
            this.watch = watch;
            this.at = at;
        }

        boolean waits() {
            return !begun && !answered;
        }

        String tenant() {
            return submission.conversation().principal().tenant();
        }
    }

    private final Simulation sim;
    private final SimWorld world;
    private final Map<String, Attempt> all = new HashMap<>(); // by mark
    private final List<Attempt> waiting = new ArrayList<>();
    private int marks;
    private boolean calm;

    Attempts(Simulation sim) {
        this.sim = sim;
        this.world = sim.world;
    }

    /** From now on there is room for all: nobody may be turned away. */
    void calm() {
        calm = true;
    }

    /** For the metadata of one more. */
    Map<String, String> mark() {
        return Map.of(MARK, Integer.toString(marks++));
    }

    /**
     * @param submission marked
     */
    Future<Submission.Reply> submit(SimNode node, Desk desk, Submission submission) {
        var attempt = new Attempt(submission, node.watch(), world.elapsed());
        all.put(Objects.requireNonNull(submission.metadata()).get(MARK), attempt);
        waiting.add(attempt);
        inTime(node, node.place(), attempt, BOUND);
        return new BrokenDoor(sim.mutation, desk, node.watch(), world)
                .submit(submission)
                .onComplete(
                        done -> {
                            attempt.answered = true;
                            waiting.remove(attempt);
                            if (done.failed()) failed(attempt, done.cause());
                        });
    }

    private void inTime(SimNode node, SimWorld.Place place, Attempt attempt, Duration in) {
        world.at(
                place,
                in,
                "answered?",
                () -> {
                    if (attempt.answered) return;
                    long awake = world.elapsed() - Math.max(attempt.at, place.stoodUntil());
                    Duration left = BOUND.minusNanos(awake);
                    if (left.isPositive()) inTime(node, place, attempt, left);
                    else sim.violated("never answered: " + attempt.submission.text());
                });
    }

    private void failed(Attempt attempt, Throwable why) {
        if (!(why instanceof ProblemException known)) return; // a bug, which is told elsewhere
        Problem problem = known.problem();
        Long after = problem.retryAfterMs();
        boolean later = problem.status() == 503 || problem.status() == 429;
        if (later && (after == null || after <= 0))
            sim.violated("refused without a time to come back: " + problem);
        if (problem.code() != Code.OVERLOADED && problem.code() != Code.DRAINING) return;
        attempt.shed = problem;
        if (attempt.stored) sim.violated("stored, then refused: " + attempt.submission.text());
        if (calm) sim.violated("refused though nothing is going on: " + problem.detail());
    }

    // --- on its way

    @Nullable Attempt of(Submission submission) {
        return of(submission.metadata());
    }

    private @Nullable Attempt of(@Nullable Map<String, String> metadata) {
        String mark = metadata == null ? null : metadata.get(MARK);
        return mark == null ? null : all.get(mark);
    }

    /** It has got past the door. */
    void begins(Attempt attempt) {
        attempt.begun = true;
        waiting.remove(attempt);
    }

    /** Those that a node was asked and has neither begun nor answered. */
    List<Attempt> waitingAt(SlotWatch watch) {
        return waiting.stream().filter(each -> each.watch == watch).toList();
    }

    /** The store has decided. */
    void decided(@Nullable Map<String, String> metadata, SubmitDecision decision) {
        Attempt attempt = of(metadata);
        boolean taken =
                decision instanceof SubmitDecision.Accepted
                        || decision instanceof SubmitDecision.Joined;
        if (attempt == null || !taken) return;
        attempt.stored = true;
        if (attempt.shed != null)
            sim.violated("refused, then stored: " + attempt.submission.text());
    }

    /** Nothing that was refused has left a row. */
    void keptWord(SimDisk disk) {
        for (var row : disk.transaction(tx -> tx.run(ALL_MARKS)).rows()) {
            Matcher mark = MARKED.matcher(row.text(0));
            while (mark.find()) {
                Attempt attempt = all.get(mark.group(1));
                if (attempt != null && attempt.shed != null)
                    sim.violated("refused, but it has a turn: " + attempt.submission.text());
            }
        }
    }
}
