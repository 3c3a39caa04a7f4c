package dev.loadline.store;

/**
 * Rewrites {@code $1} to {@code ?1}: to SQLite a {@code $1} is a name, numbered by its first
 * appearance, and {@code ?1} is the number that PostgreSQL means by {@code $1}.
 */
final class Parameters {
    private Parameters() {}

    static String numbered(String sql) {
        var out = new StringBuilder(sql.length());
        int i = 0;
        while (i < sql.length()) {
            char c = sql.charAt(i);
            int end = i + 1;
            if (c == '\'' || c == '"') end = afterQuote(sql, i, c);
            else if (sql.startsWith("--", i)) end = afterLine(sql, i);
            else if (c == '$' && end < sql.length() && isDigit(sql.charAt(end))) c = '?';
            out.append(c).append(sql, i + 1, end);
            i = end;
        }
        return out.toString();
    }

    // A doubled quote inside ends one quote and begins the next: the same to us.
    private static int afterQuote(String sql, int from, char quote) {
        int end = sql.indexOf(quote, from + 1);
        return end < 0 ? sql.length() : end + 1;
    }

    private static int afterLine(String sql, int from) {
        int end = sql.indexOf('\n', from);
        return end < 0 ? sql.length() : end;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
