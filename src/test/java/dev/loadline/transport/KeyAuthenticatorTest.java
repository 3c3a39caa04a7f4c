package dev.loadline.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Principal;
import dev.loadline.core.Role;
import dev.loadline.core.Sha256;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Map;
import java.util.Set;

/** Goal: a key lets its own principal in, and nothing else lets anybody in. */
class KeyAuthenticatorTest {
    private static final Caller ANN = new Caller(new Principal("acme", "ann"), Set.of(Role.USER));
    private static final String LONGEST = "k".repeat(Authenticator.TOKEN_MAX);

    private final Authenticator keys =
            Authenticator.ofKeys(
                    Map.of(
                            "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
                            ANN,
                            Sha256.hex(LONGEST),
                            ANN,
                            Sha256.hex(LONGEST + "k"),
                            ANN,
                            Sha256.hex("two words"),
                            ANN,
                            Sha256.hex(""),
                            ANN));

    @ParameterizedTest
    @ValueSource(strings = {"Bearer foo", "bearer foo", "BEARER foo", "Bearer   foo "})
    void the_scheme_is_read_in_any_case(String header) {
        assertThat(keys.caller(header)).contains(ANN);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "foo",
                "Bearer",
                "Bearer ",
                "Bearerfoo",
                "Bearer\tfoo",
                "Basic foo",
                "Bearer FOO",
                "Bearer foo,",
                "Bearer foo foo",
                "Bearer \"foo\"",
                "Bearer two words",
                "Bearer foo\u0000",
                "Bearer f\u00f6\u00f6",
                "Bearer 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
            })
    void what_is_no_key_of_ours_is_nobody(String header) {
        assertThat(keys.caller(header)).isEmpty();
    }

    @Test
    void no_header_is_nobody_and_so_is_a_token_that_is_too_long() {
        assertThat(keys.caller(null)).isEmpty();
        assertThat(keys.token("")).isEmpty();
        assertThat(keys.token(LONGEST)).contains(ANN);
        assertThat(keys.token(LONGEST + "k")).isEmpty();
        assertThat(keys.open()).isFalse();
    }

    @Test
    void it_prints_nothing_that_tells_of_a_key() {
        assertThat(keys.toString()).doesNotContain("2c26", "foo");
    }
}
