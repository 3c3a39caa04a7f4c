package dev.loadline.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A configuration file for one server with one model. */
final class Configured {
    private Configured() {}

    /** In {@code directory}, with its database beside it, on a free port. */
    static Path with(Path directory, String modelUrl, String drainGrace) {
        return with(directory, modelUrl, drainGrace, directory.resolve("loadline.db"), 0);
    }

    static Path with(Path directory, String modelUrl, String drainGrace, Path database, int port) {
        String yaml =
                """
                server: { port: %d, drainGrace: %s }
                store: { url: "sqlite:%s" }
                models:
                  main:
                    provider: openai
                    url: "%s"
                    apiKey: some-secret
                    model: some-model
                    normal: { firstToken: 1s, gap: 15s }  # a fake may hold its answer for a minute
                load: { loopLag: 1m }
                guard: { default: { concurrency: 2000 } }
                agents:
                  assistant: { model: main, instructions: You answer. }
                """
                        .formatted(port, drainGrace, database, modelUrl);
        try {
            return Files.writeString(directory.resolve("loadline.yaml"), yaml);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
