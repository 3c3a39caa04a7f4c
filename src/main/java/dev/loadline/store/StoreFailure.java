package dev.loadline.store;

/** Why the store did not do what it was asked. */
public final class StoreFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What is known about the transaction. */
    public enum Kind {
        /** It was not done and never will be: refused at the door, disk full, locked. */
        NOT_DONE,
        /** The commit's answer was lost: it may have been done. Ask again with the same ids. */
        UNKNOWN
    }

    private final Kind kind;

    public StoreFailure(
            Kind kind, String message, @org.jspecify.annotations.Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
