package dev.loadline.load;

import dev.loadline.load.bench.Bench;
import dev.loadline.load.bench.Result;
import dev.loadline.load.bench.Scenario;
import dev.loadline.load.report.Environment;
import dev.loadline.load.report.Report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Runs scenarios one after the other and writes the report: {@code LoadTests -jar FILE [--out
 * DIRECTORY [--quick] [--target URL [--token KEY] [--model-port N]] [scenario…]}. Ends with 0 if
 * every gate holds, 1 if one does not or a run is void, 2 if it was asked wrongly.
 */
public final class LoadTests {
    /** All that there shall be, in the order of a whole run. */
    private static final List<String> ALL =
            List.of("hello", "saturate", "crowd", "tenant", "resend", "idle", "streams", "churn");

    private LoadTests() {}

    /** See the class. */
    public static void main(String[] args) throws IOException {
        Options options;
        try {
            options = Options.of(args);
        } catch (IllegalArgumentException wrong) {
            System.err.println("load-tests: " + wrong.getMessage());
            System.exit(2);
            return;
        }
        Report report = new Report(Environment.now(options.setup().quick()), options.out());
        boolean passed = true;
        for (String name : options.scenarios().isEmpty() ? ALL : options.scenarios()) {
            Optional<Scenario> scenario = named(name);
            if (scenario.isEmpty()) {
                System.out.println(name + ": there is no such scenario");
                passed &= options.scenarios().isEmpty();
                continue;
            }
            Result result = run(name, scenario.get(), options);
            passed &= result.passed();
            report.add(result);
            report.write(); // after each one: who stops a run has what was found
        }
        System.out.println("report: " + options.out().resolve("index.html"));
        System.exit(passed ? 0 : 1);
    }

    private static Result run(String name, Scenario scenario, Options options) {
        System.out.println(name + ": " + scenario.asks());
        Result result = new Result(name, scenario.asks());
        long began = System.nanoTime();
        try (Bench bench = new Bench(options.setup(), options.out().resolve(name))) {
            scenario.run(bench, result);
        } catch (Exception e) {
            e.printStackTrace();
            result.broken(e.toString());
        }
        result.took((System.nanoTime() - began) / 1e9);
        result.gates()
                .forEach(
                        gate ->
                                System.out.println(
                                        "  "
                                                + (gate.pass() ? "holds: " : "FAILS: ")
                                                + gate.name()
                                                + ": "
                                                + gate.measured()
                                                + " ("
                                                + gate.bound()
                                                + ")"));
        result.figures()
                .forEach(
                        figure -> System.out.println("  " + figure.name() + ": " + figure.value()));
        result.lateness()
                .forEach(
                        late ->
                                System.out.println(
                                        "  generator of "
                                                + late.run()
                                                + ": late by "
                                                + late.p50Millis()
                                                + " ms p50, "
                                                + late.p99Millis()
                                                + " ms p99"
                                                + (late.isVoid() ? ", VOID" : "")));
        return result;
    }

    private static Optional<Scenario> named(String name) {
        String type = Character.toUpperCase(name.charAt(0)) + name.substring(1);
        try {
            return Optional.of(
                    (Scenario)
                            Class.forName(LoadTests.class.getPackageName() + ".scenario." + type)
                                    .getConstructor()
                                    .newInstance());
        } catch (ClassNotFoundException none) {
            return Optional.empty();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(
                    name + " needs a public constructor without arguments", e);
        }
    }

    /** The command line. */
    private record Options(Bench.Setup setup, Path out, List<String> scenarios) {
        static Options of(String[] args) {
            List<String> scenarios = new ArrayList<>();
            Path jar = Path.of("none");
            Path out = Path.of("target", "report");
            boolean quick = false;
            Optional<String> target = Optional.empty();
            String token = "";
            int modelPort = 0;
            for (int i = 0; i < args.length; i++) {
                switch (args[i]) {
                    case "--quick" -> quick = true;
                    case "-jar" -> jar = Path.of(value(args, ++i));
                    case "--out" -> out = Path.of(value(args, ++i));
                    case "--target" -> target = Optional.of(value(args, ++i));
                    case "--token" -> token = value(args, ++i);
                    case "--model-port" -> modelPort = Integer.parseInt(value(args, ++i));
                    default -> scenarios.add(scenario(args[i]));
                }
            }
            return new Options(
                    new Bench.Setup(jar.toAbsolutePath(), quick, target, token, modelPort),
                    out.toAbsolutePath(),
                    scenarios);
        }

        private static String value(String[] args, int at) {
            if (at == args.length)
                throw new IllegalArgumentException(args[at - 1] + " needs a value");
            return args[at];
        }

        private static String scenario(String word) {
            if (ALL.contains(word)) return word;
            throw new IllegalArgumentException(
                    word + ": not an option, nor one of " + String.join(", ", ALL));
        }
    }
}
