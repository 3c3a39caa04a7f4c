package dev.loadline.telemetry;

/**
 * The stages of a turn that are timed, named as in the reading {@code ttft}. {@code QUEUED}, {@code
 * MODEL} and {@code OVERHEAD} are lengths; the others count from the request's last byte.
 */
public enum Stage {
    AUTHENTICATED("authenticated"),
    ACCEPTED("accepted"),
    QUEUED("queued"),
    STATE("state"),
    CONTEXT("context"),
    MODEL("modelMs"),
    OVERHEAD("overhead"),
    FIRST_TOKEN("firstToken"),
    /** From the press of "send" to the first character shown, by the client's clock. */
    FELT("felt");

    private final String wire;

    Stage(String wire) {
        this.wire = wire;
    }

    public String wire() {
        return wire;
    }
}
