package dev.loadline.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.app.settings.Settings;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Goal: each command does its one thing, and a mistake costs one sentence and exit code 2. Method:
 * the command line with a server that only remembers, and its output in strings.
 */
class CliTest {
    @TempDir Path directory;
    private final List<Settings> served = new ArrayList<>();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void serve_hands_the_settings_over_and_ends_with_the_servers_code() throws IOException {
        Files.writeString(directory.resolve("my.yaml"), "server: { port: 1 }");
        assertThat(run("serve", "--config", "my.yaml", "--host", "::1", "--port=0")).isEqualTo(7);
        assertThat(served)
                .singleElement()
                .satisfies(
                        settings -> {
                            assertThat(settings.server().host()).isEqualTo("::1");
                            assertThat(settings.server().port()).isZero();
                            assertThat(settings.drill()).isFalse();
                        });
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void serve_needs_no_file() {
        assertThat(run("serve")).isEqualTo(7);
        assertThat(served)
                .singleElement()
                .extracting(Settings::agents)
                .asString()
                .contains("assistant");
    }

    @Test
    void faults_can_be_made_only_where_it_is_asked_for() {
        assertThat(run("serve", "--drill")).isEqualTo(7);
        assertThat(served).singleElement().extracting(Settings::drill).isEqualTo(true);
    }

    @Test
    void a_warm_up_goes_well_and_leaves_the_directory_as_it_was() {
        assertThat(run("warm-up")).as(err.toString()).isZero();
        assertThat(out.toString()).contains("warmed up");
        assertThat(served).isEmpty();
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void a_wrong_configuration_is_told_whole_and_nothing_starts() throws IOException {
        Files.writeString(directory.resolve("my.yaml"), "servre: {}\nserver: { port: x }\n");
        assertThat(run("serve", "--config", "my.yaml")).isEqualTo(2);
        assertThat(served).isEmpty();
        assertThat(out.toString()).isEmpty();
        assertThat(err.toString().lines())
                .containsExactly(
                        "my.yaml:1: servre: unknown key, did you mean server?",
                        "my.yaml:2: server.port: must be a whole number, not \"x\"",
                        "loadline: not started: the configuration has 2 errors.");
    }

    @Test
    void a_file_that_is_named_must_be_there() {
        assertThat(run("serve", "--config", "no.yaml")).isEqualTo(2);
        assertThat(err.toString().lines())
                .containsExactly(
                        "no.yaml: there is no such file",
                        "loadline: not started: the configuration has 1 error.");
    }

    @Test
    void a_wrong_option_is_told_with_what_was_meant() {
        assertThat(run("serve", "--confg", "x")).isEqualTo(2);
        assertThat(err.toString().lines())
                .containsExactly(
                        "loadline: Unknown options: '--confg', 'x'",
                        "Possible solutions: --config",
                        "Try 'loadline serve --help'.");
    }

    @Test
    void a_wrong_command_is_told_with_what_was_meant() {
        assertThat(run("sevre")).isEqualTo(2);
        assertThat(err.toString())
                .startsWith("loadline: Unmatched argument at index 0: 'sevre'")
                .contains("Did you mean: loadline serve");
    }

    @Test
    void no_command_and_a_port_that_is_no_number_are_told() {
        assertThat(run()).isEqualTo(2);
        assertThat(run("serve", "--port", "x")).isEqualTo(2);
        assertThat(err.toString().lines())
                .contains(
                        "loadline: Missing required subcommand",
                        "loadline: Invalid value for option '--port': 'x' is not an int");
    }

    @Test
    void the_version_outside_of_a_jar_is_dev() {
        assertThat(run("version")).isZero();
        assertThat(run("--version")).isZero();
        assertThat(out.toString().lines()).containsExactly("loadline dev", "loadline dev");
    }

    @Test
    void help_names_the_commands_and_the_options() {
        assertThat(run("--help")).isZero();
        assertThat(run("serve", "--help")).isZero();
        assertThat(out.toString())
                .contains("serve ", "version ", "--config=FILE", "--host=HOST", "--port=N");
    }

    @Test
    void a_bug_is_one_sentence_too() {
        var broken =
                cli(
                        settings -> {
                            throw new IllegalStateException("no more tea");
                        });
        assertThat(broken.run("serve")).isEqualTo(1);
        assertThat(err.toString().lines())
                .containsExactly("loadline: stopped by a bug (no more tea); the log has more.");
    }

    private int run(String... args) {
        return cli(settings -> {
                    served.add(settings);
                    return 7;
                })
                .run(args);
    }

    private Cli cli(Cli.Server server) {
        return new Cli(
                server,
                directory,
                Map.of(),
                new PrintWriter(out, true),
                new PrintWriter(err, true));
    }
}
