package dev.loadline.app;

import sun.misc.Signal;

/**
 * The signals that ask a process to stop. A shutdown hook hears only the first, and a second one
 * must end what hangs; Java has no other face for it than this one.
 */
final class Signals {
    private Signals() {}

    /** Runs {@code stop} on a thread of its own for each SIGTERM and SIGINT. */
    static void onStop(Runnable stop) {
        for (String name : new String[] {"TERM", "INT"})
            Signal.handle(new Signal(name), signal -> stop.run());
    }
}
