package dev.loadline.app.settings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Principal;
import dev.loadline.core.Quota;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;

/** Goal: of each limit the nearest entry holds, and limits that are none are refused. */
class QuotaSettingsTest {
    @TempDir Path directory;

    private Reading quotas(String yaml) {
        return new Reading(directory).with(Reading.MAIN, "quotas:\n" + yaml);
    }

    @Test
    void each_limit_is_the_most_specific_entrys_that_names_it() {
        QuotaSettings quotas =
                quotas(
                                """
                                  default: { turnsPerMinute: 60, streams: 20 }
                                  acme: { streams: 2, tokensPerDay: 200000000000 }
                                  acme/ann: { turnsPerMinute: 5 }
                                  default/owner: { streams: 9 }
                                """)
                        .settings()
                        .quotas();
        assertThat(quotas.of(new Principal("acme", "ann")))
                .isEqualTo(new Quota(5, 2, 200_000_000_000L));
        assertThat(quotas.of(new Principal("acme", "bob")))
                .isEqualTo(new Quota(60, 2, 200_000_000_000L));
        assertThat(quotas.of(new Principal("other", "ann"))).isEqualTo(new Quota(60, 20, null));
        assertThat(quotas.of(new Principal("default", "owner"))).isEqualTo(new Quota(60, 9, null));
    }

    @Test
    void nothing_written_limits_nobody() {
        assertThat(QuotaSettings.NONE.of(new Principal("a", "b"))).isEqualTo(Quota.NONE);
        assertThat(quotas("  acme: {}\n").settings().quotas().of(new Principal("acme", "b")))
                .isEqualTo(Quota.NONE);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    default: { turnsPerMinute: 0 }      | default.turnsPerMinute: must be 1..100000, or be left out for no limit
                    default: { streams: -1 }            | default.streams: must be 1..1000000, or be left out for no limit
                    acme: { tokensPerDay: 1.5 }         | acme.tokensPerDay: must be a whole number, not 1.5
                    acme: { tokensPerDay: 1000000000001 } | acme.tokensPerDay: must be 1..1000000000000, or be left out for no limit
                    acme/ann: { turnsPerHour: 1 }       | acme/ann.turnsPerHour: unknown key, there are: turnsPerMinute, streams, tokensPerDay
                    acme/ann/x: { streams: 1 }          | acme/ann/x: must be default, a tenant, or tenant/user
                    default: 5                          | default: must be a mapping of keys to values, not 5
                    """)
    void limits_that_are_none_are_refused(String yaml, String error) {
        assertThat(quotas("  " + yaml + "\n").errors())
                .containsExactly("conf/loadline.yaml:2: quotas." + error);
    }
}
