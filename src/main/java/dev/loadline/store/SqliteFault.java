package dev.loadline.store;

import org.sqlite.SQLiteException;

import java.sql.SQLException;

/** What a failed statement says about the database. */
enum SqliteFault {
    /** The statement itself is wrong, or breaks a constraint: a bug of ours. */
    STATEMENT,
    /** No room on the disk, or in the quota. */
    FULL,
    /** Another process holds the lock. */
    BUSY,
    /** It ran too long and was stopped. */
    TOO_LONG,
    /** The file or the disk is sick: nothing more is to be expected of this connection. */
    DEAD;

    private static final int PRIMARY_CODE = 0xff;

    static SqliteFault of(SQLException failure) {
        if (!(failure instanceof SQLiteException known)) return STATEMENT;
        return switch (known.getResultCode().code & PRIMARY_CODE) {
            case 13 -> FULL;
            case 5, 6 -> BUSY; // BUSY, LOCKED
            case 9 -> TOO_LONG; // INTERRUPT
            // INTERNAL, NOMEM, READONLY, IOERR, CORRUPT, CANTOPEN, PROTOCOL, NOTADB
            case 2, 7, 8, 10, 11, 14, 15, 26 -> DEAD;
            default -> STATEMENT;
        };
    }

    /** As the asker sees it, of a statement whose transaction is not committed. */
    static RuntimeException notDone(SQLException failure) {
        return switch (of(failure)) {
            case STATEMENT ->
                    new IllegalStateException(
                            "the database refused a statement: " + failure.getMessage(), failure);
            case FULL -> notDone("the disk or the store's quota is full", failure);
            case BUSY -> notDone("another process holds the database locked", failure);
            case TOO_LONG -> notDone("a statement ran too long", failure);
            case DEAD ->
                    notDone("the database file can't be used: " + failure.getMessage(), failure);
        };
    }

    private static StoreFailure notDone(String message, SQLException cause) {
        return new StoreFailure(StoreFailure.Kind.NOT_DONE, message, cause);
    }
}
