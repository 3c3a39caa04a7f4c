package dev.loadline.app.settings;

import java.util.List;

/**
 * Who is let in.
 *
 * @param keys empty: everyone who can connect, as {@code local/dev}
 * @param from where the keys come from
 */
public record AuthSettings(List<ApiKey> keys, From from) {
    public static final AuthSettings OPEN = new AuthSettings(List.of(), From.NOWHERE);

    /** Where keys come from. */
    public enum From {
        NOWHERE,
        /** {@code auth.keys}. */
        FILE,
        /** {@code auth.keys}; {@code LOADLINE_API_KEY} is set, too, and not used. */
        FILE_AND_NOT_VARIABLE,
        /** {@code LOADLINE_API_KEY}. */
        VARIABLE
    }

    public AuthSettings {
        keys = List.copyOf(keys);
    }
}
