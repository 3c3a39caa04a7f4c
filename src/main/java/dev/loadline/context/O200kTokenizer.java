package dev.loadline.context;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingType;

import dev.loadline.core.Utf16;

/**
 * By jtokkit, in pieces of at most 4 KiB: its work grows with the square of the length of a run of
 * mixed blanks (measured: 260 KB in 300 ms, in pieces 28 ms) and a count can't be stopped midway. A
 * piece ends before a blank between two words, where the encoding cuts, too; only where there is
 * none near does it end inside a word, which then may count a token or two too many.
 */
final class O200kTokenizer implements Tokenizer {
    private static final int PIECE = 4096;
    private static final int LOOK_BACK = 256;

    /** Some 30 MB, which never change: one for the process, read by its first tokenizer. */
    private static final class Tables {
        private static final Encoding ENCODING =
                Encodings.newLazyEncodingRegistry().getEncoding(EncodingType.O200K_BASE);
    }

    private final Encoding encoding;

    O200kTokenizer() {
        encoding = Tables.ENCODING;
        count("The tables are loaded by the first use.");
    }

    @Override
    public int count(String text) {
        return count(text, Integer.MAX_VALUE);
    }

    @Override
    public int count(String text, int enough) {
        int tokens = 0;
        int from = 0;
        while (from < text.length() && tokens <= enough) {
            int end = end(text, from);
            // Ordinary: what looks like a special token is text that somebody wrote.
            tokens += encoding.countTokensOrdinary(text.substring(from, end));
            from = end;
        }
        return tokens;
    }

    private static int end(String text, int from) {
        int last = from + PIECE;
        if (last >= text.length() - 1) return text.length();
        for (int at = last; at > last - LOOK_BACK; at--) {
            boolean betweenWords =
                    text.charAt(at) == ' '
                            && !Character.isWhitespace(text.charAt(at - 1))
                            && !Character.isWhitespace(text.charAt(at + 1));
            if (betweenWords) return at;
        }
        return Utf16.cutBefore(text, last);
    }
}
