package dev.loadline.model;

import static dev.loadline.core.Require.require;

import java.time.Duration;

/** A configured language model, one kind per provider. */
public sealed interface ModelSettings permits RemoteSettings, RehearsalSettings {
    /** Its name in the configuration; not empty. */
    String name();

    /** Models of one group share one provider limit. */
    String limitGroup();

    /** The medians that the operator expects: until the first token, and between two. */
    record Normal(Duration firstToken, Duration gap) {
        public static final Normal DEFAULT =
                new Normal(Duration.ofSeconds(1), Duration.ofMillis(50));

        public Normal {
            require(firstToken.isPositive(), "normal.firstToken must be positive");
            require(gap.isPositive(), "normal.gap must be positive");
        }
    }

    /**
     * What a million tokens cost, in the operator's currency. Cached input costs as other input.
     */
    record Price(double input, double output) {
        private static final double TOKENS = 1_000_000;

        public Price {
            require(input >= 0 && Double.isFinite(input), "price.input must not be negative");
            require(output >= 0 && Double.isFinite(output), "price.output must not be negative");
        }

        double of(long inputTokens, long outputTokens) {
            return (inputTokens * input + outputTokens * output) / TOKENS;
        }
    }
}
