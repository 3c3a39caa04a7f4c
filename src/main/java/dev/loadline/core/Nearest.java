package dev.loadline.core;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;

/** Finds which of some names was probably meant (Damerau's and Levenshtein's distance). */
public final class Nearest {
    private Nearest() {}

    /**
     * The name with the fewest letters to change.
     *
     * @param names at least one
     */
    public static String to(String written, Collection<String> names) {
        return names.stream()
                .min(Comparator.comparingInt(name -> distance(written, name)))
                .orElseThrow();
    }

    /**
     * How many letters must be changed, added, dropped or swapped with the next one; case aside.
     */
    public static int distance(String one, String other) {
        String a = one.toLowerCase(Locale.ROOT);
        String b = other.toLowerCase(Locale.ROOT);
        int[] beforeLast = new int[b.length() + 1];
        int[] last = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) last[j] = j;
        for (int i = 1; i <= a.length(); i++) {
            int[] now = new int[b.length() + 1];
            now[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                boolean same = a.charAt(i - 1) == b.charAt(j - 1);
                now[j] = Math.min(last[j - 1] + (same ? 0 : 1), Math.min(last[j], now[j - 1]) + 1);
                if (i > 1
                        && j > 1
                        && a.charAt(i - 1) == b.charAt(j - 2)
                        && a.charAt(i - 2) == b.charAt(j - 1))
                    now[j] = Math.min(now[j], beforeLast[j - 2] + 1);
            }
            beforeLast = last;
            last = now;
        }
        return last[b.length()];
    }
}
