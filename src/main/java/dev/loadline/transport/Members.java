package dev.loadline.transport;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.core.Nearest;
import dev.loadline.core.Problem;
import dev.loadline.core.Problem.FieldError;
import dev.loadline.core.ProblemException;
import dev.loadline.core.Utf16;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A request's JSON object, read member by member. Everything wrong is collected, so that a client
 * learns of all of it at once; a wrong member reads as absent until {@link #check}.
 */
final class Members {
    private final JsonNode object;
    private static final int ERRORS_MAX = 20; // naming the nearest name of many would hold the loop

    private final List<FieldError> errors = new ArrayList<>();

    /**
     * @param names all that may be there
     */
    Members(JsonNode root, String... names) {
        this.object = root;
        if (!root.isObject()) {
            wrong("", "must be a JSON object");
            return;
        }
        List<String> known = List.of(names);
        for (Map.Entry<String, JsonNode> member : root.properties()) {
            String name = member.getKey();
            if (errors.size() == ERRORS_MAX) return;
            if (!known.contains(name)) unknown(name, known);
            else if (member.getValue().isNull()) wrong(name, "must not be null");
        }
    }

    private void unknown(String name, List<String> known) {
        String shown = Utf16.wellFormed(name.length() <= 100 ? name : name.substring(0, 100));
        wrong(
                shown,
                known.isEmpty()
                        ? "unknown member; none is known here"
                        : "unknown member; the nearest valid name is '"
                                + Nearest.to(shown, known)
                                + "'");
    }

    void wrong(String path, String message) {
        if (errors.size() < ERRORS_MAX) errors.add(new FieldError(path, message));
    }

    /**
     * @throws ProblemException with all that is wrong, if anything is
     */
    void check() {
        if (!errors.isEmpty()) throw new ProblemException(Problem.invalid(errors));
    }

    private @Nullable JsonNode member(String name) {
        JsonNode value = object.get(name);
        return value == null || value.isNull() ? null : value;
    }

    /** Says so if it is missing. */
    void require(String name) {
        if (object.isObject() && !object.has(name)) wrong(name, "is required");
    }

    /** A string of 1..max UTF-16 units. */
    @Nullable String text(String name, int max) {
        JsonNode value = member(name);
        if (value == null) return null;
        return string(name, value, 1, max);
    }

    private @Nullable String string(String path, JsonNode value, int min, int max) {
        if (!value.isTextual()) {
            wrong(path, "must be a string");
            return null;
        }
        String text = value.textValue();
        if (text.length() < min) wrong(path, "must not be empty");
        else if (text.length() > max) wrong(path, "must have at most " + max + " characters");
        else return Utf16.wellFormed(text);
        return null;
    }

    @Nullable Long integer(String name, long min, long max) {
        JsonNode value = member(name);
        if (value == null) return null;
        if (!value.isIntegralNumber()) {
            wrong(name, "must be an integer");
            return null;
        }
        if (value.canConvertToLong() && value.longValue() >= min && value.longValue() <= max) {
            return value.longValue();
        }
        wrong(name, "must be " + min + ".." + max);
        return null;
    }

    <E> @Nullable E oneOf(String name, E[] values, Function<E, String> wire) {
        JsonNode value = member(name);
        if (value == null) return null;
        for (E each : values) {
            if (value.isTextual() && value.textValue().equals(wire.apply(each))) return each;
        }
        wrong(
                name,
                "must be one of " + String.join(", ", Arrays.stream(values).map(wire).toList()));
        return null;
    }

    /** An object of strings. */
    @Nullable Map<String, String> pairs(String name, int pairsMax, int keyMax, int valueMax) {
        JsonNode value = member(name);
        if (value == null) return null;
        if (!value.isObject()) {
            wrong(name, "must be an object of strings");
            return null;
        }
        if (value.size() > pairsMax) {
            wrong(name, "must have at most " + pairsMax + " members");
            return null;
        }
        Map<String, String> pairs = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> pair : value.properties()) {
            String key = Utf16.wellFormed(pair.getKey());
            if (key.isEmpty() || key.length() > keyMax) {
                wrong(name, "a name in it must have 1.." + keyMax + " characters");
                continue;
            }
            String text = string(name + "." + key, pair.getValue(), 0, valueMax);
            if (text != null) pairs.put(key, text);
        }
        return pairs;
    }

    @Nullable Boolean truth(String name) {
        JsonNode value = member(name);
        if (value == null) return null;
        if (value.isBoolean()) return value.booleanValue();
        wrong(name, "must be true or false");
        return null;
    }

    @Nullable Double decimal(String name, int min, int max) {
        JsonNode value = member(name);
        if (value == null) return null;
        double number = value.doubleValue();
        if (value.isNumber() && number >= min && number <= max) return number;
        wrong(name, value.isNumber() ? "must be " + min + ".." + max : "must be a number");
        return null;
    }

    /** A finite number, as it was written. */
    @Nullable JsonNode number(String name, double absoluteMax) {
        JsonNode value = member(name);
        if (value == null) return null;
        if (value.isNumber() && Math.abs(value.doubleValue()) <= absoluteMax) return value;
        wrong(name, value.isNumber() ? "is out of range" : "must be a number");
        return null;
    }

    void object(String name) {
        JsonNode value = member(name);
        if (value != null && !value.isObject()) wrong(name, "must be an object");
    }

    /**
     * A string that must be there; to be read last, since it checks.
     *
     * @throws ProblemException with all that is wrong, if anything is
     */
    String needed(String name, int max) {
        require(name);
        String value = text(name, max);
        check();
        if (value == null) throw new IllegalStateException("a required member was not checked");
        return value;
    }
}
