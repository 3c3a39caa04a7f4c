package dev.loadline.core;

/** Surrogate pairs: text leaves us only as whole characters, for a lone half has no UTF-8. */
public final class Utf16 {
    /** What stands for a half whose other half never came. */
    public static final char REPLACEMENT = '\uFFFD';

    private Utf16() {}

    /** The text with every lone half replaced by U+FFFD; the same object where there is none. */
    public static String wellFormed(String text) {
        int bad = firstLone(text, 0);
        if (bad < 0) return text;
        char[] chars = text.toCharArray();
        while (bad >= 0) {
            chars[bad] = REPLACEMENT;
            bad = firstLone(text, bad + 1);
        }
        return new String(chars);
    }

    private static int firstLone(String text, int from) {
        int i = from;
        while (i < text.length()) {
            char c = text.charAt(i);
            if (!Character.isSurrogate(c)) i++;
            else if (Character.isSurrogatePair(c, i + 1 < text.length() ? text.charAt(i + 1) : 0))
                i += 2;
            else return i;
        }
        return -1;
    }

    /** The largest cut {@code <= end} that does not stand inside a pair. */
    public static int cutBefore(CharSequence text, int end) {
        boolean inside =
                end > 0
                        && end < text.length()
                        && Character.isHighSurrogate(text.charAt(end - 1))
                        && Character.isLowSurrogate(text.charAt(end));
        return inside ? end - 1 : end;
    }
}
