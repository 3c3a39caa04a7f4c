package dev.loadline.guard;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.MultiMap;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Duration;

/**
 * Goal: every form of a wait is read, nonsense is none. Method: header values in, durations out.
 */
class RetryAfterTest {
    private static final long NOW = 1_445_412_480_000L; // Wed, 21 Oct 2015 07:28:00 GMT

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0|0",
                "1|1000",
                "20.5|20500",
                ".5|500",
                " 3 |3000",
                "-1|0",
                "NaN|0",
                "Infinity|0",
                "1e5|0",
                "soon|0",
                "''|0",
                "999999999999999|31622400000",
                "Wed, 21 Oct 2015 07:28:30 GMT|30000",
                "Wed, 21 Oct 2015 07:27:00 GMT|0",
                "Xed, 99 Oct 2015 07:27:00 GMT|0"
            })
    void reads_retry_after(String value, long ms) {
        assertThat(RetryAfter.of(headers("retry-after", value), NOW))
                .isEqualTo(Duration.ofMillis(ms));
    }

    @Test
    void milliseconds_win_if_they_are_a_number() {
        MultiMap both = headers("Retry-After-Ms", "1234.5").add("retry-after", "60");
        assertThat(RetryAfter.of(both, NOW)).isEqualTo(Duration.ofMillis(1235));
        MultiMap nonsense = headers("retry-after-ms", "soon").add("retry-after", "60");
        assertThat(RetryAfter.of(nonsense, NOW)).isEqualTo(Duration.ofSeconds(60));
    }

    @Test
    void a_date_is_held_against_the_answers_own() {
        MultiMap headers =
                headers("retry-after", "Thu, 01 Jan 2015 00:00:10 GMT")
                        .add("date", "Thu, 01 Jan 2015 00:00:00 GMT");
        assertThat(RetryAfter.of(headers, NOW)).isEqualTo(Duration.ofSeconds(10));
        assertThat(RetryAfter.of(MultiMap.caseInsensitiveMultiMap(), NOW)).isEqualTo(Duration.ZERO);
    }

    private static MultiMap headers(String name, String value) {
        return MultiMap.caseInsensitiveMultiMap().add(name, value);
    }
}
