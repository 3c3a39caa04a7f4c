package dev.loadline.load.report;

import dev.loadline.load.bench.Gate;
import dev.loadline.load.bench.Result;

import java.util.List;

/** The report for a terminal or a commit; without plots. */
final class Markdown {
    private Markdown() {}

    static String of(Environment environment, List<Result> results) {
        StringBuilder out = new StringBuilder("# Loadline under load\n\n");
        environment
                .facts()
                .forEach((name, fact) -> out.append("- ").append(name + ": " + fact + "\n"));
        out.append(
                "\n## Gates\n\n| scenario | gate | measured | bound | |\n|---|---|---|---|---|\n");
        for (Result result : results) {
            for (Gate gate : result.gates())
                out.append(
                        row(
                                result.name(),
                                gate.name(),
                                gate.measured(),
                                gate.bound(),
                                Words.of(result, gate)));
            if (result.gates().isEmpty())
                out.append(row(result.name(), "none: figures only", "", "", Words.of(result)));
        }
        for (Result result : results) scenario(out, result);
        return out.toString();
    }

    private static void scenario(StringBuilder out, Result result) {
        out.append("\n## " + result.name() + "\n\n" + result.asks() + "\n\n");
        for (String why : result.broken()) out.append("**VOID: " + why + "**\n\n");
        out.append("Took %.0f s.\n\n| figure | |\n|---|---|\n".formatted(result.seconds()));
        for (Result.Figure figure : result.figures())
            out.append(row(figure.name(), figure.value()));
        for (Result.Lateness late : result.lateness())
            out.append(row(Words.run(late), Words.of(late)));
    }

    private static String row(String... cells) {
        StringBuilder row = new StringBuilder("|");
        for (String cell : cells) row.append(' ').append(cell.replace("|", "\\|")).append(" |");
        return row.append('\n').toString();
    }
}
