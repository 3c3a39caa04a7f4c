package dev.loadline.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.MultiMap;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Duration;

/**
 * Goal: a limit that is used up is noticed in every form it comes in, and nothing else is. Method:
 * header values in, durations out.
 */
class LimitHeadersTest {
    private static final long NOW = 1_445_412_480_000L; // Wed, 21 Oct 2015 07:28:00 GMT

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "12ms|12",
                "1s|1000",
                "8.64s|8640",
                "6m0s|360000",
                "1h2m3s|3723000",
                "1d2h|86400000", // a day at most
                "7|7000",
                "1.5|1500",
                "0|0",
                "-1|0",
                "soon|0",
                "1s later|0",
                "1s2|0",
                "''|0"
            })
    void reads_a_time_until_the_bucket_is_full(String value, long ms) {
        assertThat(LimitHeaders.duration(value)).isEqualTo(Duration.ofMillis(ms));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                // requests left, their reset, tokens left, their reset, to wait
                "0|6s|100|1m0s|6000",
                "5|6s|0|1m0s|60000",
                "0|6s|0|1m0s|60000",
                "0|-|-|-|0",
                "1|6s|1|1m0s|-",
                "-|6s|-|1m0s|-",
                "many|6s|-1|1m0s|-"
            })
    void only_what_is_used_up_counts_and_the_longest_wait(
            @Nullable String requests,
            @Nullable String reset,
            @Nullable String tokens,
            @Nullable String tokensReset,
            @Nullable Long ms) {
        MultiMap headers = MultiMap.caseInsensitiveMultiMap();
        put(headers, "x-ratelimit-remaining-requests", requests);
        put(headers, "x-ratelimit-reset-requests", reset);
        put(headers, "x-ratelimit-remaining-tokens", tokens);
        put(headers, "x-ratelimit-reset-tokens", tokensReset);
        assertThat(LimitHeaders.openAi(headers))
                .isEqualTo(ms == null ? null : Duration.ofMillis(ms));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "requests|2015-10-21T07:29:00Z|-|60000",
                "tokens|2015-10-21T09:29:00.5+02:00|-|60500",
                "input-tokens|2015-10-21T07:29:00Z|Wed, 21 Oct 2015 07:28:50 GMT|10000",
                "output-tokens|2015-10-21T07:27:00Z|-|0",
                "requests|soon|-|0",
                "requests|-|-|0",
                "nonsense|2015-10-21T07:29:00Z|-|-"
            })
    void a_date_is_held_against_the_answers_own(
            String what, @Nullable String reset, @Nullable String date, @Nullable Long ms) {
        MultiMap headers = MultiMap.caseInsensitiveMultiMap();
        put(headers, "anthropic-ratelimit-" + what + "-remaining", "0");
        put(headers, "anthropic-ratelimit-" + what + "-reset", reset);
        put(headers, "date", date);
        assertThat(LimitHeaders.anthropic(headers, NOW))
                .isEqualTo(ms == null ? null : Duration.ofMillis(ms));
    }

    @Test
    void where_the_size_is_named_a_tenth_of_a_bucket_is_enough_to_go_on() {
        MultiMap headers = MultiMap.caseInsensitiveMultiMap();
        put(headers, "x-ratelimit-limit-requests", "60");
        put(headers, "x-ratelimit-remaining-requests", "0");
        put(headers, "x-ratelimit-reset-requests", "1m0s");
        assertThat(LimitHeaders.openAi(headers)).isEqualTo(Duration.ofSeconds(6));
    }

    private static void put(MultiMap headers, String name, @Nullable String value) {
        if (value != null) headers.set(name, value);
    }
}
