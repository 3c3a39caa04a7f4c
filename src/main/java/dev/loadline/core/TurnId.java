package dev.loadline.core;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/**
 * A turn's id: {@code t} and 20 characters of {@code [a-z2-7]}, so that a cursor that begins with
 * it stays short.
 */
public record TurnId(@JsonValue String value) {
    @JsonCreator
    public TurnId {}

    @Override
    public String toString() {
        return value;
    }
}
