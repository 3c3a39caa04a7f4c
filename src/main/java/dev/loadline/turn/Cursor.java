package dev.loadline.turn;

import dev.loadline.core.TurnId;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A place in one turn's record: of which attempt, how many entries are behind it, and how much of
 * the text that is entry number {@code entry} (UTF-16 units). On the wire {@code
 * <turn>.<attempt>.<entry>.<offset>}, at most 64 characters.
 */
public record Cursor(TurnId turn, int attempt, int entry, int offset) {
    private static final Pattern FORM =
            Pattern.compile("([A-Za-z0-9_-]{1,30})\\.([0-9]{1,9})\\.([0-9]{1,9})\\.([0-9]{1,9})");

    public static Cursor start(TurnId turn, int attempt) {
        return new Cursor(turn, attempt, 0, 0);
    }

    /** Empty if the text is no cursor. */
    public static Optional<Cursor> parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) return Optional.empty();
        return Optional.of(
                new Cursor(
                        new TurnId(form.group(1)),
                        Integer.parseInt(form.group(2)),
                        Integer.parseInt(form.group(3)),
                        Integer.parseInt(form.group(4))));
    }

    @Override
    public String toString() {
        return turn.value() + "." + attempt + "." + entry + "." + offset;
    }
}
