package dev.loadline.transport;

import java.util.List;
import java.util.Locale;

/** Finds what was probably meant. */
final class Nearest {
    private Nearest() {}

    /** The name with the fewest letters to change, ignoring case. */
    static String to(String wrong, List<String> names) {
        String nearest = names.getFirst();
        int fewest = Integer.MAX_VALUE;
        for (String name : names) {
            int changes = changes(wrong.toLowerCase(Locale.ROOT), name.toLowerCase(Locale.ROOT));
            if (changes < fewest) {
                fewest = changes;
                nearest = name;
            }
        }
        return nearest;
    }

    /** Levenshtein's distance. */
    private static int changes(String a, String b) {
        int[] above = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) above[j] = j;
        for (int i = 1; i <= a.length(); i++) {
            int[] row = new int[b.length() + 1];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int swap = above[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(swap, Math.min(above[j], row[j - 1]) + 1);
            }
            above = row;
        }
        return above[b.length()];
    }
}
