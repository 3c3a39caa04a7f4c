package dev.loadline.core;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** Times as the wire writes them: UTC with milliseconds. */
public final class Rfc3339 {
    private static final DateTimeFormatter FORM =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    private Rfc3339() {}

    public static String of(long epochMs) {
        return FORM.format(Instant.ofEpochMilli(epochMs));
    }

    /** What {@link #of} was made from. */
    public static long millis(String written) {
        return Instant.parse(written).toEpochMilli();
    }
}
