package dev.loadline.app.settings;

import static dev.loadline.core.Require.require;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.time.Duration;

/** A language model as configured. */
public sealed interface ModelEntry {
    /** Its name in the configuration. */
    String name();

    /** Models of one group share one provider limit; the model's own name if none is given. */
    String limitGroup();

    Normal normal();

    /** Null if no price is known, then its turns have no cost. */
    @Nullable Price price();

    /**
     * Any server that speaks OpenAI's chat completions.
     *
     * @param url the base, without a slash at the end
     * @param model the provider's name for it
     */
    record OpenAi(
            String name,
            URI url,
            @Nullable Secret apiKey,
            String model,
            String limitGroup,
            Normal normal,
            @Nullable Price price)
            implements ModelEntry {
        public static final URI DEFAULT_URL = URI.create("https://api.openai.com/v1");

        public OpenAi {
            require(!model.isBlank(), "model must not be empty");
            require(!limitGroup.isBlank(), "limitGroup must not be empty");
        }
    }

    /**
     * Anthropic's API, or a server that speaks it.
     *
     * @param url the base, without a slash at the end, with or without {@code /v1}
     * @param model the provider's name for it
     * @param version of the API, a date
     * @param maxTokens of an answer, where the caller does not say
     */
    record Anthropic(
            String name,
            URI url,
            @Nullable Secret apiKey,
            String model,
            String limitGroup,
            Normal normal,
            @Nullable Price price,
            String version,
            int maxTokens)
            implements ModelEntry {
        public static final URI DEFAULT_URL = URI.create("https://api.anthropic.com");
        public static final String DEFAULT_VERSION = "2023-06-01";
        public static final int DEFAULT_MAX_TOKENS = 8192;

        private static final int MAX_TOKENS_CEILING = 1_000_000;

        public Anthropic {
            require(!model.isBlank(), "model must not be empty");
            require(!limitGroup.isBlank(), "limitGroup must not be empty");
            require(
                    version.matches("\\d{4}-\\d{2}-\\d{2}"),
                    "version must be a date such as 2023-06-01");
            require(
                    maxTokens >= 1 && maxTokens <= MAX_TOKENS_CEILING,
                    "maxTokens must be between 1 and " + MAX_TOKENS_CEILING);
        }
    }

    /** Built in, deterministic, no network. */
    record Rehearsal(String name, String limitGroup, Normal normal, @Nullable Price price)
            implements ModelEntry {
        public Rehearsal {
            require(!limitGroup.isBlank(), "limitGroup must not be empty");
        }
    }

    /**
     * The medians to expect when all is well.
     *
     * @param gap between two events of a stream
     */
    record Normal(Duration firstToken, Duration gap) {
        public static final Normal DEFAULT =
                new Normal(Duration.ofMillis(400), Duration.ofMillis(50));

        public Normal {
            require(
                    firstToken.isPositive() && firstToken.compareTo(Duration.ofMinutes(10)) <= 0,
                    "normal.firstToken must be between 1ms and 10m");
            require(
                    gap.isPositive() && gap.compareTo(Duration.ofMinutes(1)) <= 0,
                    "normal.gap must be between 1ms and 1m");
        }
    }

    /** Per million tokens, in a currency of the user's choice. */
    record Price(double input, double output) {
        public Price {
            require(input >= 0, "price.input must not be negative");
            require(output >= 0, "price.output must not be negative");
        }
    }
}
