package dev.loadline.core;

/**
 * Carries a {@link Problem} through a failed future to the edge that words it. Has no stack trace:
 * it is an answer, not a bug.
 */
public final class ProblemException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Problem problem;

    public ProblemException(Problem problem) {
        super(problem.code().wire() + ": " + problem.detail(), null, false, false);
        this.problem = problem;
    }

    public Problem problem() {
        return problem;
    }
}
