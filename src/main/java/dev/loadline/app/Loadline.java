package dev.loadline.app;

import dev.loadline.app.settings.Settings;

/** The assembly. */
final class Loadline {
    private Loadline() {}

    /** Tells what would be served. Answers the exit code. */
    static int run(Settings settings) {
        System.out.println(
                "Loadline %s: agents %s, http://%s:%d"
                        .formatted(
                                Cli.version(),
                                String.join(", ", settings.agents().keySet()),
                                settings.server().host(),
                                settings.server().port()));
        return 0;
    }
}
