package dev.loadline.app;

import dev.loadline.app.settings.ConfigError;
import dev.loadline.app.settings.Configuration;
import dev.loadline.app.settings.Loaded;
import dev.loadline.app.settings.Settings;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The command line. Exit codes: 0 all is well, 1 a fault, 2 the user's command or configuration is
 * wrong. What the user did wrong is told in a sentence, never by a stack trace.
 */
@Command(
        name = "loadline",
        description = "Runs AI agents in production.",
        mixinStandardHelpOptions = true,
        versionProvider = Cli.Version.class)
public final class Cli {
    private static final Logger LOG = LoggerFactory.getLogger(Cli.class);
    private static final int FAULT = 1;
    private static final int WRONG_INPUT = CommandLine.ExitCode.USAGE;

    private final Server server;
    private final Path workingDirectory;
    private final Map<String, String> environment;
    private final PrintWriter out;
    private final PrintWriter err;

    /** What {@code serve} runs. */
    @FunctionalInterface
    public interface Server {
        /** Serves until it is told to stop; answers the exit code. */
        int serve(Settings settings) throws InterruptedException;
    }

    Cli(
            Server server,
            Path workingDirectory,
            Map<String, String> environment,
            PrintWriter out,
            PrintWriter err) {
        this.server = server;
        this.workingDirectory = workingDirectory;
        this.environment = environment;
        this.out = out;
        this.err = err;
    }

    public static void main(String[] args) {
        var out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        var err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        Server server = settings -> new Serving(settings, System.getenv(), out, err).run();
        System.exit(new Cli(server, Path.of(""), System.getenv(), out, err).run(args));
    }

    /** Runs one command; answers the exit code. */
    int run(String... args) {
        return new CommandLine(this)
                .setOut(out)
                .setErr(err)
                .setParameterExceptionHandler((wrong, all) -> explain(wrong))
                .setExecutionExceptionHandler((bug, command, all) -> apologise(bug))
                .execute(args);
    }

    /** The version of the jar; {@code dev} outside of one. */
    public static String version() {
        String version = Cli.class.getPackage().getImplementationVersion();
        return version == null ? "dev" : version;
    }

    @Command(
            description = "Serves the configured agents until it is told to stop.",
            mixinStandardHelpOptions = true)
    int serve(
            @Option(
                            names = "--config",
                            paramLabel = "FILE",
                            description =
                                    "The configuration; agents/*.yaml beside it belong to it."
                                            + " Without it: conf/loadline.yaml, if that is there.")
                    @Nullable Path config,
            @Option(
                            names = "--host",
                            paramLabel = "HOST",
                            description = "Where to listen, over server.host.")
                    @Nullable String host,
            @Option(
                            names = "--port",
                            paramLabel = "N",
                            description = "Over server.port; 0 takes any free one.")
                    @Nullable Integer port,
            @Option(
                            names = "--drill",
                            description =
                                    "Operators may make dependencies fail on purpose and switch"
                                            + " the guards off, under /api/ops. Not for"
                                            + " production.")
                    boolean drill)
            throws InterruptedException {
        var overrides = new Configuration.Overrides(host, port);
        return switch (Configuration.load(workingDirectory, config, overrides, environment)) {
            case Loaded.Ok(var settings, var files) ->
                    server.serve(drill ? settings.forDrills() : settings);
            case Loaded.Invalid(var errors) -> refuse(errors);
        };
    }

    @Command(name = "version", description = "Tells which version this is.")
    int tellVersion() {
        out.println("loadline " + version());
        return 0;
    }

    @Command(
            name = "warm-up",
            description =
                    "Starts servers on loopback for a moment, with the built-in model, and asks them"
                            + " something: for a JVM that notes with -XX:AOTCacheOutput=FILE what a"
                            + " start needs.",
            mixinStandardHelpOptions = true)
    int warmUp() throws Exception {
        Rehearsal.run();
        out.println("loadline: warmed up");
        return 0;
    }

    private int refuse(List<ConfigError> errors) {
        errors.forEach(err::println);
        err.println(
                errors.size() == 1
                        ? "loadline: not started: the configuration has 1 error."
                        : "loadline: not started: the configuration has %d errors."
                                .formatted(errors.size()));
        return WRONG_INPUT;
    }

    private int explain(ParameterException wrong) {
        err.println("loadline: " + wrong.getMessage());
        CommandLine.UnmatchedArgumentException.printSuggestions(wrong, err);
        err.println(
                "Try '" + wrong.getCommandLine().getCommandSpec().qualifiedName() + " --help'.");
        return WRONG_INPUT;
    }

    private int apologise(Exception bug) {
        LOG.error("A bug", bug);
        err.println("loadline: stopped by a bug (" + bug.getMessage() + "); the log has more.");
        return FAULT;
    }

    /** For {@code --version}; made by picocli. */
    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"loadline " + version()};
        }
    }
}
