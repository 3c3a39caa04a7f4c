package dev.loadline.app;

/** Why the server can't start, in words for the operator, with the fix. */
final class StartFault extends RuntimeException {
    private static final long serialVersionUID = 1L;

    StartFault(String words, Throwable cause) {
        super(words, cause);
    }
}
