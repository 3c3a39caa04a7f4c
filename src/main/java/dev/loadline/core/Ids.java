package dev.loadline.core;

import java.util.random.RandomGenerator;

/**
 * Makes ids that can't be guessed: 100 random bits, written in 20 characters of {@code [a-z2-7]}.
 * As thread-safe as its generator.
 */
public final class Ids {
    private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
    private static final int LENGTH = 20;

    private final RandomGenerator random;

    public Ids(RandomGenerator random) {
        this.random = random;
    }

    /** Any thread. */
    public static Ids secure() {
        return new Ids(Chance.secure());
    }

    public TurnId turn() {
        return new TurnId(make('t'));
    }

    public String conversation() {
        return make('c');
    }

    public String message() {
        return make('m');
    }

    /** An id that stands in the log and in the answer to a bug's victim. */
    public String incident() {
        return make('i');
    }

    /** What a client may quote of a request that it made. */
    public String request() {
        return make('r');
    }

    private String make(char kind) {
        var id = new StringBuilder(LENGTH + 1).append(kind);
        for (int half = 0; half < 2; half++) {
            long bits = random.nextLong();
            for (int i = 0; i < LENGTH / 2; i++) {
                id.append(ALPHABET.charAt((int) (bits & 31)));
                bits >>>= 5;
            }
        }
        return id.toString();
    }
}
