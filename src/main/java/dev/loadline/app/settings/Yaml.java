package dev.loadline.app.settings;

import java.util.List;
import java.util.Map;

/** A YAML value with its line (from 1), variables already replaced. */
sealed interface Yaml {
    int line();

    /** As an error may show it. */
    String shown();

    /** Whether its variable is missing, which is already told. */
    default boolean isUnknown() {
        return this instanceof Scalar scalar && scalar.kind() == Kind.UNKNOWN;
    }

    /** Keys in the order of the file. */
    record Mapping(int line, Map<String, Entry> entries) implements Yaml {
        @Override
        public String shown() {
            return "a mapping";
        }
    }

    record Sequence(int line, List<Yaml> items) implements Yaml {
        @Override
        public String shown() {
            return "a list";
        }
    }

    record Scalar(int line, String text, Kind kind) implements Yaml {
        boolean isText() {
            return kind == Kind.TEXT || kind == Kind.FROM_VARIABLE;
        }

        boolean isWhole() {
            return kind == Kind.WHOLE || kind == Kind.FROM_VARIABLE;
        }

        /** Quoted if it is text, cut, and never a variable's value. */
        @Override
        public String shown() {
            String some = text.length() <= 40 ? text : text.substring(0, 40) + "…";
            return switch (kind) {
                case TEXT -> '"' + some.replace("\n", "\\n") + '"';
                case WHOLE, DECIMAL, TRUTH -> some;
                case NOTHING -> "nothing";
                case FROM_VARIABLE, UNKNOWN -> "what its variable holds";
            };
        }
    }

    /** A key of a mapping, and what it holds. {@code line} is the key's. */
    record Entry(int line, Yaml value) {}

    /** What a scalar is by its form; a text with variables in it can be anything. */
    enum Kind {
        TEXT,
        WHOLE,
        DECIMAL,
        TRUTH,
        NOTHING,
        FROM_VARIABLE,
        /** A variable is missing: that error is already told, and the value counts as not given. */
        UNKNOWN
    }
}
