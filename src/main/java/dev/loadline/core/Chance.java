package dev.loadline.core;

import java.security.SecureRandom;
import java.util.random.RandomGenerator;

/** Where randomness comes from outside of a simulation. */
public final class Chance {
    private Chance() {}

    /** One that nobody can foretell. Any thread. */
    public static RandomGenerator secure() {
        return new SecureRandom();
    }
}
