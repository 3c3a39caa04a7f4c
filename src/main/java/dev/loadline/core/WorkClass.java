package dev.loadline.core;

import com.fasterxml.jackson.annotation.JsonValue;

import java.util.Locale;

/** How urgent work is, most urgent first. {@code CONTROL} frees resources and is never shed. */
public enum WorkClass {
    CONTROL,
    INTERACTIVE,
    WEBHOOK,
    SCHEDULED,
    BACKGROUND;

    /** 0 for the most urgent; the next lower class has the next number. */
    @SuppressWarnings("EnumOrdinal") // their order is what they mean
    public int rank() {
        return ordinal();
    }

    @JsonValue
    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }
}
