package dev.loadline.load.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A JVM that this one started. Its standard error goes to a file. Thread-safe. */
public final class Child implements AutoCloseable {
    /** What {@code ./loadline} gives to Java, so that all stand on the same. */
    private static final List<String> JVM_OPTIONS =
            List.of(
                    "--enable-native-access=ALL-UNNAMED",
                    "--sun-misc-unsafe-memory-access=allow",
                    "-Dio.netty.allocator.type=pooled",
                    "-XX:MaxDirectMemorySize=512m");

    private final String name;
    private final Process process;
    private final Path log;
    private final BufferedReader out;
    private final ProcFiles proc;

    private Child(String name, Process process, Path log) {
        this.name = name;
        this.process = process;
        this.log = log;
        this.out = process.inputReader();
        this.proc = new ProcFiles(process.pid());
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    }

    /** Starts a class of this class path. */
    public static Child ofClass(
            String name, Path directory, List<String> jvmOptions, Class<?> main, String... args) {
        List<String> command =
                new ArrayList<>(List.of("-cp", System.getProperty("java.class.path")));
        command.add(main.getName());
        command.addAll(List.of(args));
        return start(name, directory, jvmOptions, command);
    }

    /** Starts a jar. */
    public static Child ofJar(
            String name, Path directory, List<String> jvmOptions, Path jar, String... args) {
        List<String> command = new ArrayList<>(List.of("-jar", jar.toString()));
        command.addAll(List.of(args));
        return start(name, directory, jvmOptions, command);
    }

    private static Child start(
            String name, Path directory, List<String> jvmOptions, List<String> rest) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JVM_OPTIONS);
        command.addAll(jvmOptions);
        command.addAll(rest);
        Path log = directory.resolve(name + ".log");
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .directory(directory.toFile())
                        .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().keySet().removeIf(Child::wouldConfigure);
        try {
            Files.createDirectories(directory);
            return new Child(name, builder.start(), log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean wouldConfigure(String variable) {
        return variable.startsWith("LOADLINE_")
                || variable.startsWith("OPENAI_")
                || variable.startsWith("ANTHROPIC_")
                || variable.equals("JAVA_TOOL_OPTIONS");
    }

    /**
     * Reads its standard output until a line matches, and goes on to read it unheard.
     *
     * @throws IllegalStateException if it ends before; with what it said last
     */
    public Matcher awaitLine(Pattern pattern) {
        try {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                Matcher matcher = pattern.matcher(line);
                if (!matcher.matches()) continue;
                Thread.ofVirtual().start(this::readOn);
                return matcher;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        throw new IllegalStateException(name + " ended before it was ready" + lastWords());
    }

    private void readOn() {
        try {
            out.transferTo(Writer.nullWriter());
        } catch (IOException ended) {
            // nothing was waiting for it
        }
    }

    /**
     * Waits for its end.
     *
     * @throws IllegalStateException if it does not come in time (then it is killed) or is no
     *     success
     */
    public void awaitSuccess(Duration atMost) {
        boolean ended = awaitEnd(atMost);
        if (!ended) close();
        if (!ended || process.exitValue() != 0)
            throw new IllegalStateException(
                    name + (ended ? " failed" : " did not end within " + atMost) + lastWords());
    }

    /** What it has used of the processor so far, in user and system mode; in steps of 10 ms. */
    public Duration cpuTime() {
        return proc.cpuTime();
    }

    /** How many threads it has now. */
    public int threads() {
        return proc.threads();
    }

    /** Bytes of the heap in use after a forced collection, which this waits for. */
    public long heapAfterCollection() {
        return Jcmd.heapAfterCollection(pid());
    }

    public long pid() {
        return process.pid();
    }

    public boolean alive() {
        return process.isAlive();
    }

    /** Its standard error so far. */
    public Path log() {
        return log;
    }

    /** SIGTERM; kills it if it has not ended in time. */
    public void terminate(Duration atMost) {
        process.destroy();
        if (!awaitEnd(atMost)) close();
    }

    private boolean awaitEnd(Duration atMost) {
        try {
            return process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private String lastWords() {
        try {
            List<String> lines = Files.readAllLines(log);
            int from = Math.max(0, lines.size() - 30);
            return ":\n  " + String.join("\n  ", lines.subList(from, lines.size()));
        } catch (IOException e) {
            return " and left no log";
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        awaitEnd(Duration.ofSeconds(10));
    }
}
