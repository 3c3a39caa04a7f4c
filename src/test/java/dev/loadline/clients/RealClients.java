package dev.loadline.clients;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Assumptions;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Runs the scripts in {@code src/test/clients} with Node, beside the packages that their lock file
 * names. Where a part is missing on the machine (Node 20, npm, Chromium) such a test is skipped,
 * but never where {@code CI} is set: there it fails.
 */
public final class RealClients {
    private static final Path SOURCES = Path.of("src/test/clients");
    private static final Path PLACE = Path.of("target/clients");
    private static final Path SHIPPED = Path.of("src/main/resources/client");
    private static final Path CONSOLE = Path.of("src/main/resources/console");
    private static final int NODE_MIN = 20;
    private static final int INSTALL_SECONDS = 240;

    private static boolean installed;

    private RealClients() {}

    /** Runs {@code node --test script}; the test fails with all that it printed if that fails. */
    public static void test(String script, Map<String, String> environment, int seconds) {
        place();
        Ended ended = run(PLACE, List.of("node", "--test", script), environment, seconds);
        assertThat(ended.code()).as("%s\n%s", script, ended.printed()).isZero();
    }

    /** The path of Debian's Chromium, or of another one that {@code CHROMIUM} names. */
    public static String chromium() {
        String named = System.getenv("CHROMIUM");
        for (String each :
                Stream.of(named, "/usr/bin/chromium", "/usr/bin/chromium-browser")
                        .filter(path -> path != null && !path.isEmpty())
                        .toList()) {
            if (Files.isExecutable(Path.of(each))) return each;
        }
        return missing("Chromium (apt-get install chromium, or set CHROMIUM)");
    }

    /** A directory with the scripts, their packages and the shipped client, ready to be run. */
    public static synchronized Path place() {
        if (installed) return PLACE;
        nodeOrSkip();
        try {
            copy(SOURCES, PLACE);
            copy(SHIPPED, PLACE.resolve("client"));
            copy(CONSOLE, PLACE.resolve("console"));
            String lock = Files.readString(SOURCES.resolve("package-lock.json"));
            Path stamp = PLACE.resolve("node_modules/.lock-of-this");
            if (!Files.exists(stamp) || !Files.readString(stamp).equals(lock)) {
                Ended ended =
                        run(
                                PLACE,
                                List.of("npm", "ci", "--ignore-scripts"),
                                Map.of(),
                                INSTALL_SECONDS);
                assertThat(ended.code()).as("npm ci\n%s", ended.printed()).isZero();
                Files.writeString(stamp, lock);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        installed = true;
        return PLACE;
    }

    private static void nodeOrSkip() {
        String version;
        try {
            version =
                    run(Path.of("."), List.of("node", "--version"), Map.of(), 20).printed().strip();
        } catch (UncheckedIOException none) {
            version = "";
        }
        int major =
                version.matches("v[0-9]+\\..*")
                        ? Integer.parseInt(version.substring(1, version.indexOf('.')))
                        : 0;
        if (major < NODE_MIN) missing("Node " + NODE_MIN + " or newer, with npm");
    }

    private static String missing(String what) {
        String why = "this test needs " + what;
        assertThat(System.getenv("CI")).as(why).isNullOrEmpty();
        Assumptions.abort(why);
        return "";
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path each : all.toList()) {
                Path target = to.resolve(from.relativize(each).toString());
                if (Files.isDirectory(each)) Files.createDirectories(target);
                else Files.copy(each, target, StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    private record Ended(int code, String printed) {}

    private static Ended run(
            Path directory, List<String> command, Map<String, String> environment, int seconds) {
        try {
            Path printed = Files.createTempFile("client", ".log");
            var builder =
                    new ProcessBuilder(command)
                            .directory(directory.toFile())
                            .redirectErrorStream(true)
                            .redirectOutput(printed.toFile());
            builder.environment().putAll(environment);
            Process process = builder.start();
            try {
                boolean ended = process.waitFor(seconds, TimeUnit.SECONDS);
                String text = Files.readString(printed, StandardCharsets.UTF_8);
                return ended
                        ? new Ended(process.exitValue(), text)
                        : new Ended(-1, "not done after " + seconds + " s\n" + text);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            } finally {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
                Files.deleteIfExists(printed);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
