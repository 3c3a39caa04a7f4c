package dev.loadline.app.settings;

import static dev.loadline.core.Require.require;

import java.time.Duration;

/**
 * What the time from "send" to the first token should be.
 *
 * @param budget the SLO
 */
public record TtftSettings(Budget budget) {
    public static final TtftSettings DEFAULT =
            new TtftSettings(new Budget(Duration.ofMillis(300), Duration.ofSeconds(2)));

    /**
     * @param overhead Loadline's own share
     * @param p95 the whole, for 95 of 100 turns
     */
    public record Budget(Duration overhead, Duration p95) {
        public Budget {
            require(overhead.isPositive(), "ttft.budget.overhead must be positive");
            require(p95.isPositive(), "ttft.budget.p95 must be positive");
        }
    }
}
