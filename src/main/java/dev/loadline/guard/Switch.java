package dev.loadline.guard;

import dev.loadline.core.Clock;

import io.vertx.core.Vertx;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/**
 * A breaker's position, and nothing of when to change it. Closed, calls go past it; open, none
 * does; half-open, one probe at a time. Any thread.
 */
public interface Switch {
    /** Its positions. */
    enum State {
        CLOSED,
        OPEN,
        HALF_OPEN
    }

    /** One on Vert.x's circuit breaker. */
    static Switch on(Vertx vertx, String name) {
        return new VertxSwitch(vertx, name);
    }

    /** One by the clock alone, for a simulation. */
    static Switch plain(Clock clock) {
        return new PlainSwitch(clock);
    }

    State state();

    /** Open it, whatever it is; half-open by itself after so long. */
    void open(Duration untilHalfOpen);

    /**
     * The right to make the one probe of a half-open breaker; null if it is not half-open or
     * another probe is under way. Without a word within {@code atMost} it has failed.
     */
    @Nullable Probe probe(Duration atMost);

    /** One that is under way; the first word counts. */
    interface Probe {
        /** Closes the breaker. */
        void passed();

        /** It is open again, for so long. */
        void failed(Duration untilHalfOpen);

        /** It says nothing of the dependency: half-open as before, for the next probe. */
        void undecided();
    }
}
