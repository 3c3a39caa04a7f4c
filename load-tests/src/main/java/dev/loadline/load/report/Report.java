package dev.loadline.load.report;

import dev.loadline.load.bench.Result;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** All results of a run, as {@code report.md} and {@code index.html}. For one thread. */
public final class Report {
    private final Environment environment;
    private final Path directory;
    private final List<Result> results = new ArrayList<>();

    public Report(Environment environment, Path directory) {
        this.environment = environment;
        this.directory = directory;
    }

    public void add(Result result) {
        results.add(result);
    }

    /** Writes both files anew. */
    public void write() throws IOException {
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("report.md"), Markdown.of(environment, results));
        Files.writeString(directory.resolve("index.html"), Html.of(environment, results));
    }
}
