package dev.loadline.e2e;

import java.time.Duration;

/**
 * A local model that loads itself at the first call and again when nobody has asked for long, and
 * gives a load up when the client that waits for it hangs up: whoever is cut off too early never
 * gets an answer, however often he asks. Used on its upstream's loop.
 */
final class ColdStart implements Behaviour {
    private final Duration load;
    private final Behaviour warm;
    private Arrival loader;
    private boolean loaded;
    private long loadedAt;

    ColdStart(Duration load, Behaviour warm) {
        this.load = load;
        this.warm = warm;
    }

    /** Nobody has asked for long. On any thread while no call is open. */
    void unload() {
        loaded = false;
        loader = null;
    }

    @Override
    public Reaction to(Arrival arrival) {
        if (loader != null && loader.fate() == Arrival.Fate.CLOSED) loader = null;
        if (loader != null && System.nanoTime() - loadedAt >= 0) loaded = true;
        Reaction reaction = warm.to(arrival);
        if (loaded || !(reaction instanceof Reaction.Speaks speaks)) return reaction;
        if (loader == null) {
            loader = arrival;
            loadedAt = System.nanoTime() + load.toNanos();
        }
        return speaks.first(Duration.ofNanos(Math.max(1, loadedAt - System.nanoTime())));
    }
}
