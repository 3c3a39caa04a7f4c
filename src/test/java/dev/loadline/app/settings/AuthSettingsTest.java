package dev.loadline.app.settings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Principal;
import dev.loadline.core.Role;
import dev.loadline.core.Sha256;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Goal: who is let in is exactly what is written; nonsense is refused by line and key. */
class AuthSettingsTest {
    private static final String FOO =
            "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";
    private static final Map<String, String> VARIABLE = Map.of("LOADLINE_API_KEY", "hush");
    private static final ApiKey OWNER =
            new ApiKey(
                    Sha256.hex("hush"),
                    new Principal("default", "owner"),
                    Set.of(Role.USER, Role.OPERATOR));

    @TempDir Path directory;
    private Reading reading;

    @BeforeEach
    void inAnEmptyDirectory() {
        reading = new Reading(directory);
    }

    @Test
    void keys_arrive_with_principal_and_roles() {
        reading.with(
                Reading.MAIN,
                """
                server: { host: 0.0.0.0 }
                auth:
                  keys:
                    - { sha256: "%s", principal: acme/ann, roles: [user, operator, user] }
                    - { sha256: "${BOB}", principal: acme/bob }
                """
                        .formatted(FOO.toUpperCase(java.util.Locale.ROOT)));
        Settings settings = reading.settings(Map.of("BOB", Sha256.hex("bob's")));
        assertThat(settings.auth())
                .isEqualTo(
                        new AuthSettings(
                                List.of(
                                        new ApiKey(
                                                FOO,
                                                new Principal("acme", "ann"),
                                                Set.of(Role.USER, Role.OPERATOR)),
                                        new ApiKey(
                                                Sha256.hex("bob's"),
                                                new Principal("acme", "bob"),
                                                Set.of(Role.USER))),
                                AuthSettings.From.FILE));
        assertThat(settings.toString()).doesNotContain(FOO, Sha256.hex("bob's"));
    }

    @Test
    void the_variable_is_the_owners_key_where_no_keys_are_configured() {
        reading.with(Reading.MAIN, "server: { host: 0.0.0.0 }\nauth: {}\n");
        Settings settings = reading.settings(VARIABLE);
        assertThat(settings.auth())
                .isEqualTo(new AuthSettings(List.of(OWNER), AuthSettings.From.VARIABLE));
        assertThat(settings.toString()).doesNotContain("hush", Sha256.hex("hush"));
        assertThat(reading.errors(Map.of("LOADLINE_API_KEY", "")))
                .containsExactly(
                        "conf/loadline.yaml:1: server.host: anything but loopback needs auth, set"
                                + " auth.keys or the variable LOADLINE_API_KEY, or use 127.0.0.1");
    }

    @Test
    void configured_keys_win_over_the_variable() {
        reading.with(
                Reading.MAIN,
                "auth: { keys: [{ sha256: \"" + FOO + "\", principal: acme/ann }] }\n");
        AuthSettings auth = reading.settings(VARIABLE).auth();
        assertThat(auth.from()).isEqualTo(AuthSettings.From.FILE_AND_NOT_VARIABLE);
        assertThat(auth.keys()).extracting(ApiKey::sha256).containsExactly(FOO);
    }

    @Test
    void a_variable_that_no_header_can_carry_is_refused_and_not_shown() {
        for (String wrong : List.of("two words", " ", "sch\u00f6n", "k".repeat(4097)))
            assertThat(reading.errors(Map.of("LOADLINE_API_KEY", wrong)))
                    .containsExactly(
                            "LOADLINE_API_KEY: must be 1 to 4096 visible ASCII characters without"
                                    + " spaces");
    }

    @Test
    void a_key_that_is_wrong_does_not_open_the_server_nor_ask_for_another() {
        reading.with(
                Reading.MAIN,
                "server: { host: \"::\" }\nauth: { keys: [{ sha256: x, principal: a/b }] }\n");
        assertThat(reading.errors(VARIABLE))
                .containsExactly(
                        "conf/loadline.yaml:2: auth.keys[0].sha256: must be the key's SHA-256, 64"
                                + " hex digits (printf %s KEY | sha256sum)");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    []            | keys: must have at least one key, or be left out
                    {}            | keys: must be a list, not a mapping
                    [foo]         | keys[0]: must be a mapping, not "foo"
                    [{}]          | keys[0].sha256: is missing, it must be HASH && keys[0].principal: is missing, it must be tenant/user, such as acme/ann, each without spaces and /
                    [{sha256: 12, principal: a/b}]            | keys[0].sha256: must be text, put it in quotes
                    [{sha256: "FOO0", principal: a/b}]        | keys[0].sha256: must be HASH
                    [{sha256: foo, principal: a/b}]           | keys[0].sha256: must be HASH
                    [{sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", principal: a/b}] | keys[0].sha256: is the hash of no key at all
                    [{sha256: "FOO", principal: ann}]         | keys[0].principal: must be tenant/user, such as acme/ann, each without spaces and /
                    [{sha256: "FOO", principal: a/b/c}]       | keys[0].principal: must be tenant/user, such as acme/ann, each without spaces and /
                    [{sha256: "FOO", principal: "/b"}]        | keys[0].principal: must be tenant/user, such as acme/ann, each without spaces and /
                    [{sha256: "FOO", principal: "a/b c"}]     | keys[0].principal: must be tenant/user, such as acme/ann, each without spaces and /
                    [{sha256: "FOO", principal: a/b, roles: []}]          | keys[0].roles: must name at least one of operator, user
                    [{sha256: "FOO", principal: a/b, roles: [user, admin]}] | keys[0].roles[1]: must be one of operator, user; did you mean user?
                    [{sha256: "FOO", principal: a/b, role: [user]}]       | keys[0].role: unknown key, did you mean roles?
                    [{sha256: "FOO", principal: a/b}, {sha256: "FOO", principal: a/c}] | keys[1].sha256: is that of keys[0], too
                    """)
    void nonsense_is_refused(String keys, String errors) {
        reading.with(Reading.MAIN, "auth:\n  keys: " + keys.replace("FOO", FOO) + "\n");
        String hash = "the key's SHA-256, 64 hex digits (printf %s KEY | sha256sum)";
        assertThat(reading.errors())
                .containsExactlyElementsOf(
                        Arrays.stream(errors.replace("HASH", hash).split(" && ", -1))
                                .map(error -> "conf/loadline.yaml:2: auth." + error)
                                .toList());
    }

    @Test
    void tokens_of_an_issuer_are_not_supported_yet() {
        reading.with(Reading.MAIN, "auth:\n  jwt: { jwks: https://a.example/jwks.json }\n");
        assertThat(reading.errors())
                .containsExactly("conf/loadline.yaml:2: auth.jwt: not supported yet, remove it");
    }
}
