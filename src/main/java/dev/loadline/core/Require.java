package dev.loadline.core;

/** Refuses nonsense where a record is made; the message is the setting's name and its rule. */
public final class Require {
    private Require() {}

    public static void require(boolean holds, String message) {
        if (!holds) throw new IllegalArgumentException(message);
    }
}
