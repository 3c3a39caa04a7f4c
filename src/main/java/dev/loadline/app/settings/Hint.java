package dev.loadline.app.settings;

import dev.loadline.core.Nearest;

import java.util.Collection;

/** The end of an error's sentence: what was probably meant, or all there is. */
final class Hint {
    private Hint() {}

    static String of(String written, Collection<String> names) {
        if (names.isEmpty()) return "there are none";
        String nearest = Nearest.to(written, names);
        boolean near = Nearest.distance(written, nearest) <= Math.max(2, written.length() / 3);
        return near || names.size() == 1
                ? "did you mean " + nearest + "?"
                : "there are: " + String.join(", ", names);
    }
}
