package dev.loadline.e2e;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code loadline serve} in a JVM of its own, as users run it: what it says is collected, it can be
 * asked to stop, and it can be killed. Closing kills it.
 */
final class ServerProcess implements AutoCloseable {
    private static final Pattern STARTED =
            Pattern.compile("Loadline .* at https?://[^ ]*?:(\\d+) .*");
    private static final List<String> QUICK_START =
            List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "-Xmx256m");

    private final Process process;
    private final List<String> out = new CopyOnWriteArrayList<>();
    private final List<String> err = new CopyOnWriteArrayList<>();
    private final List<Thread> readers;

    private ServerProcess(Process process) {
        this.process = process;
        this.readers =
                List.of(
                        collect(process.getInputStream(), out),
                        collect(process.getErrorStream(), err));
    }

    /** Runs the command line; does not wait for anything. */
    static ServerProcess run(Path directory, Map<String, String> environment, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(QUICK_START);
        command.addAll(
                List.of(
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-Dio.netty.allocator.type=pooled",
                        "-Dlogback.configurationFile=logback.xml",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "dev.loadline.app.Cli"));
        command.addAll(List.of(arguments));
        var builder = new ProcessBuilder(command).directory(directory.toFile());
        builder.environment()
                .keySet()
                .removeIf(
                        name ->
                                name.startsWith("LOADLINE_")
                                        || name.startsWith("OPENAI_")
                                        || name.startsWith("ANTHROPIC_"));
        builder.environment().putAll(environment);
        try {
            return new ServerProcess(builder.start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts to serve with this configuration; does not wait. */
    static ServerProcess launch(Path config) {
        return run(config.getParent(), Map.of(), "serve", "--config", config.toString());
    }

    /** Serves with this configuration; waits until it says so. */
    static ServerProcess serve(Path config) {
        ServerProcess server = launch(config);
        server.port();
        return server;
    }

    private static Thread collect(InputStream stream, List<String> lines) {
        return Thread.ofVirtual()
                .start(
                        () -> {
                            try (var reader =
                                    new BufferedReader(
                                            new InputStreamReader(
                                                    stream, StandardCharsets.UTF_8))) {
                                reader.lines().forEach(lines::add);
                            } catch (IOException | UncheckedIOException gone) {
                                lines.add("(cut off: " + gone.getMessage() + ")");
                            }
                        });
    }

    /** The port of the start-up line, for which this waits. */
    int port() {
        Matcher line = STARTED.matcher(startLine());
        if (!line.matches()) throw new AssertionError(this);
        return Integer.parseInt(line.group(1));
    }

    /** The line that says where it serves, for which this waits. */
    String startLine() {
        WaitFor.holds(
                "the start-up line",
                Duration.ofSeconds(60),
                () -> !out.isEmpty() || !process.isAlive());
        awaitOutputOfTheDead();
        return out.stream()
                .filter(line -> STARTED.matcher(line).matches())
                .findFirst()
                .orElseThrow(() -> new AssertionError("did not start: " + this));
    }

    long pid() {
        return process.pid();
    }

    boolean alive() {
        return process.isAlive();
    }

    /** What it has used of the processor so far. */
    Duration processorTime() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    /** {@code kill -9}, and waits for its end. */
    void kill9() {
        process.destroyForcibly();
        exitCode(Duration.ofSeconds(20));
    }

    /** SIGTERM; does not wait. {@code destroy()} would do, but only once. */
    void terminate() {
        signal("-TERM");
    }

    private void signal(String which) {
        try {
            new ProcessBuilder("kill", which, Long.toString(pid())).start().waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Waits for its end and for all that it said. */
    int exitCode(Duration atMost) {
        try {
            if (!process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS))
                throw new AssertionError("still alive after " + atMost + ": " + this);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        awaitOutputOfTheDead();
        return process.exitValue();
    }

    private void awaitOutputOfTheDead() {
        if (process.isAlive()) return;
        for (Thread reader : readers) {
            try {
                if (!reader.join(Duration.ofSeconds(10))) throw new AssertionError("endless");
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    /** Waits for a line of the log. */
    void awaitLog(String what, Predicate<String> line) {
        WaitFor.holds("a log line: " + what, () -> err.stream().anyMatch(line));
    }

    List<String> out() {
        return List.copyOf(out);
    }

    List<String> err() {
        return List.copyOf(err);
    }

    @Override
    public void close() {
        if (process.isAlive()) kill9();
    }

    @Override
    public String toString() {
        return "server process "
                + pid()
                + "\nout: "
                + String.join("\n     ", out)
                + "\nerr: "
                + String.join("\n     ", err);
    }
}
