package dev.loadline.turn;

import dev.loadline.core.Utf16;

/**
 * Makes deltas end at whole characters: a first half of a surrogate pair at the end of one is held
 * for the next; a half whose other half does not come becomes U+FFFD. Not thread-safe.
 */
final class Halves {
    private char held; // 0: none

    String whole(String delta) {
        if (held == 0 && !endsInHalf(delta)) return Utf16.wellFormed(delta);
        String all = held == 0 ? delta : held + delta;
        held = 0;
        if (endsInHalf(all)) {
            held = all.charAt(all.length() - 1);
            all = all.substring(0, all.length() - 1);
        }
        return Utf16.wellFormed(all);
    }

    /** What is still held, as U+FFFD. */
    String rest() {
        if (held == 0) return "";
        held = 0;
        return String.valueOf(Utf16.REPLACEMENT);
    }

    private static boolean endsInHalf(String text) {
        return !text.isEmpty() && Character.isHighSurrogate(text.charAt(text.length() - 1));
    }
}
