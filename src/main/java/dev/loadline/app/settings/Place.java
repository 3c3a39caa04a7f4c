package dev.loadline.app.settings;

import java.util.ArrayList;
import java.util.List;

/**
 * Where a section stands.
 *
 * @param path from the root of the whole configuration
 * @param hidden how many of its first segments are not in this file
 */
record Place(String file, List<String> path, int hidden) {
    Place child(String key) {
        List<String> longer = new ArrayList<>(path);
        longer.add(key);
        return new Place(file, List.copyOf(longer), hidden);
    }

    String shown() {
        return String.join(".", path.subList(hidden, path.size()));
    }
}
