package dev.loadline.load.report;

import dev.loadline.load.bench.Gate;
import dev.loadline.load.bench.Result;

import java.util.List;

/** The report as one file that needs nothing else: style and plots are in it. */
final class Html {
    private static final String HEAD =
            """
            <!doctype html>
            <html lang="en">
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Loadline under load</title>
            <style>
            :root { color-scheme: light dark; --ink: #1d2430; --soft: #667085; --line: #d8dde6; --paper: #fff;
              --good: #067647; --bad: #b42318; --c0: #2563eb; --c1: #ea7317; --c2: #0d9488; --c3: #a21caf; --c4: #65758b; --c5: #ca8a04 }
            @media (prefers-color-scheme: dark) { :root { --ink: #e6e9ef; --soft: #98a2b3; --line: #344054;
              --paper: #14181f; --good: #47cd89; --bad: #f97066; --c0: #6ea8fe; --c1: #fdb022; --c2: #2dd4bf; --c3: #e879f9; --c4: #a3b1c6; --c5: #facc15 } }
            body { margin: 2rem auto; max-width: 62rem; padding: 0 1rem; background: var(--paper); color: var(--ink);
              font: 15px/1.5 system-ui, sans-serif }
            h1 { font-size: 1.6rem } h2 { margin-top: 2.5rem; border-top: 1px solid var(--line); padding-top: 1.5rem }
            table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; margin: 1rem 0 }
            th, td { text-align: left; padding: .3rem .7rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
            th { color: var(--soft); font-weight: 500 }
            .holds { color: var(--good); font-weight: 600 } .fails, .void { color: var(--bad); font-weight: 700 }
            .soft { color: var(--soft) } .plots { display: flex; flex-wrap: wrap; gap: 1.5rem }
            svg { width: 460px; max-width: 100%; height: auto; font: 12px system-ui, sans-serif }
            svg text { fill: var(--soft) } svg .title { fill: var(--ink); font-weight: 600; font-size: 13px }
            svg .grid { stroke: var(--line); stroke-width: 1 } svg polyline { fill: none; stroke-width: 2; stroke-linejoin: round }
            </style>
            <h1>Loadline under load</h1>
            """;

    private Html() {}

    static String of(Environment environment, List<Result> results) {
        StringBuilder out = new StringBuilder(HEAD);
        out.append("<table>");
        environment.facts().forEach((name, fact) -> out.append(row("", name, fact)));
        out.append("</table>\n<table><tr><th>scenario<th>gate<th>measured<th>bound<th></tr>\n");
        for (Result result : results) {
            for (Gate gate : result.gates()) {
                String verdict = Words.of(result, gate);
                out.append(
                        row(
                                verdict,
                                result.name(),
                                gate.name(),
                                gate.measured(),
                                gate.bound(),
                                verdict));
            }
            if (result.gates().isEmpty())
                out.append(
                        row(
                                Words.of(result),
                                result.name(),
                                "none: figures only",
                                "",
                                "",
                                Words.of(result)));
        }
        out.append("</table>\n");
        for (Result result : results) scenario(out, result);
        return out.append("</html>\n").toString();
    }

    private static void scenario(StringBuilder out, Result result) {
        out.append("<h2 id=\"" + result.name() + "\">" + result.name() + "</h2>\n");
        out.append("<p>" + escaped(result.asks()) + "</p>\n");
        for (String why : result.broken())
            out.append("<p class=\"void\">VOID: " + escaped(why) + "</p>\n");
        out.append("<table>");
        for (Result.Figure figure : result.figures())
            out.append(row("", figure.name(), figure.value()));
        for (Result.Lateness late : result.lateness())
            out.append(row(late.isVoid() ? "VOID" : "", Words.run(late), Words.of(late)));
        out.append(row("", "took", "%.0f s".formatted(result.seconds())));
        out.append("</table>\n<div class=\"plots\">\n");
        for (Plot plot : result.plots()) out.append(Svg.of(plot));
        out.append("</div>\n");
    }

    /** The verdict colours the last cell. */
    private static String row(String verdict, String... cells) {
        StringBuilder row = new StringBuilder("<tr>");
        for (int i = 0; i < cells.length; i++) {
            boolean last = i == cells.length - 1 && !verdict.isEmpty();
            row.append(
                    last
                            ? "<td class=\"" + verdict.toLowerCase(java.util.Locale.ROOT) + "\">"
                            : "<td>");
            row.append(escaped(cells[i]));
        }
        return row.append("</tr>\n").toString();
    }

    static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
