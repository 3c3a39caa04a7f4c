package dev.loadline.transport;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.core.Problem;
import dev.loadline.core.Problem.FieldError;
import dev.loadline.core.ProblemException;
import dev.loadline.core.Utf16;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A JSON object as OpenAI's API reads it: what it does not know it passes over, and null is absent.
 * Everything wrong is collected; a wrong member reads as absent until {@link #check}.
 */
final class ChatFields {
    static final String MISSING = "missing_required_parameter";
    static final String INVALID = "invalid_value";
    static final String UNSUPPORTED = "unsupported_parameter";
    static final String UNSUPPORTED_VALUE = "unsupported_value";

    private static final int ERRORS_MAX = 20;

    private final JsonNode object;
    private final List<FieldError> errors = new ArrayList<>();
    private @Nullable String code; // of the first error

    ChatFields(JsonNode object) {
        this.object = object;
        if (!object.isObject()) wrong("", INVALID, "must be a JSON object");
    }

    void wrong(String path, String kind, String message) {
        if (code == null) code = kind;
        if (errors.size() < ERRORS_MAX) errors.add(new FieldError(path, message));
    }

    /**
     * @throws ProblemException with all that is wrong, if anything is
     */
    void check() {
        if (code != null) throw new ProblemException(Problem.invalid(errors).withReason(code));
    }

    @Nullable JsonNode get(String name) {
        return get(object, name);
    }

    static @Nullable JsonNode get(JsonNode from, String name) {
        JsonNode value = from.get(name);
        return value == null || value.isNull() ? null : value;
    }

    @Nullable String text(String name, int max) {
        JsonNode value = get(name);
        return value == null ? null : text(name, value, 1, max);
    }

    @Nullable String text(String path, JsonNode value, int min, int max) {
        if (!value.isTextual()) {
            wrong(path, INVALID, "must be a string");
            return null;
        }
        String text = value.textValue();
        if (text.length() >= min && text.length() <= max) return Utf16.wellFormed(text);
        wrong(path, INVALID, "must have " + min + ".." + max + " characters");
        return null;
    }

    boolean flag(String name) {
        JsonNode value = get(name);
        if (value == null) return false;
        if (!value.isBoolean()) wrong(name, INVALID, "must be true or false");
        return value.booleanValue();
    }

    @Nullable Double number(String name, double min, double max) {
        JsonNode value = get(name);
        if (value == null) return null;
        double number = value.doubleValue();
        if (value.isNumber() && number >= min && number <= max) return number;
        wrong(name, INVALID, "must be a number " + plain(min) + ".." + plain(max));
        return null;
    }

    private static String plain(double bound) {
        return Long.toString((long) bound);
    }

    @Nullable Long integer(String name, long min, long max) {
        JsonNode value = get(name);
        if (value == null) return null;
        boolean fits = value.isIntegralNumber() && value.canConvertToLong();
        if (fits && value.longValue() >= min && value.longValue() <= max) return value.longValue();
        wrong(name, INVALID, "must be an integer " + min + ".." + max);
        return null;
    }

    @Nullable String oneOf(String name, List<String> known) {
        JsonNode value = get(name);
        if (value == null) return null;
        if (value.isTextual() && known.contains(value.textValue())) return value.textValue();
        wrong(name, INVALID, "must be one of " + String.join(", ", known));
        return null;
    }

    /** An object of strings. */
    Map<String, String> pairs(String name, int pairsMax, int keyMax, int valueMax) {
        JsonNode value = get(name);
        if (value == null) return Map.of();
        if (!value.isObject() || value.size() > pairsMax) {
            wrong(name, INVALID, "must be an object of at most " + pairsMax + " strings");
            return Map.of();
        }
        Map<String, String> pairs = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> pair : value.properties()) {
            String key = Utf16.wellFormed(pair.getKey());
            if (key.isEmpty() || key.length() > keyMax) {
                wrong(name, INVALID, "a name in it must have 1.." + keyMax + " characters");
                continue;
            }
            String text = text(name + "." + key, pair.getValue(), 0, valueMax);
            if (text != null) pairs.put(key, text);
        }
        return pairs;
    }

    /** A string or some strings. */
    List<String> texts(String name, int textsMax, int max) {
        JsonNode value = get(name);
        if (value == null) return List.of();
        if (value.isArray() && value.size() > textsMax) {
            wrong(name, INVALID, "must be a string or at most " + textsMax + " strings");
            return List.of();
        }
        List<String> texts = new ArrayList<>();
        if (!value.isArray()) add(texts, text(name, value, 1, max));
        for (int i = 0; value.isArray() && i < value.size(); i++)
            add(texts, text(name + "[" + i + "]", value.get(i), 1, max));
        return texts;
    }

    private static void add(List<String> texts, @Nullable String text) {
        if (text != null) texts.add(text);
    }
}
