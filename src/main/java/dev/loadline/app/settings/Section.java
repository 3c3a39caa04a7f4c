package dev.loadline.app.settings;

import dev.loadline.core.Nearest;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * A mapping of the configuration, read key by key. A key that is absent or wrong gives its default;
 * each wrong key is told once, however often it is read. What was not read by the time of {@link
 * #finish()} is unknown or not supported yet.
 */
final class Section {
    /** A text of a list, with the line it stands in. */
    record Item(int index, int line, String text) {}

    private final Errors errors;
    private final Place place;
    private final int line;
    private final Map<String, Yaml.Entry> entries;
    private final Map<String, Section> children = new LinkedHashMap<>();
    private final Set<String> known = new LinkedHashSet<>();
    private final Set<String> refused = new HashSet<>();

    Section(Errors errors, Place place, int line, Map<String, Yaml.Entry> entries) {
        this.errors = errors;
        this.place = place;
        this.line = line;
        this.entries = entries;
    }

    String file() {
        return place.file();
    }

    int line() {
        return line;
    }

    boolean has(String key) {
        return entries.containsKey(key);
    }

    /** Whether something was wrong with a key that was read. */
    boolean refused(String key) {
        return refused.contains(key);
    }

    /** Tells what is wrong with a key; from now on it gives its default. */
    void refuse(String key, String message) {
        if (!refused.add(key)) return;
        Yaml.Entry entry = entries.get(key);
        errors.add(
                place.file(),
                entry == null ? line : entry.line(),
                place.child(key).shown(),
                message);
    }

    String text(String key, String otherwise) {
        String text = textOrNull(key);
        return text == null ? otherwise : text;
    }

    @Nullable String textOrNull(String key) {
        Yaml.Scalar scalar = scalar(key, "text");
        if (scalar == null) return null;
        if (scalar.isText()) return scalar.text();
        refuse(key, "must be text, put it in quotes");
        return null;
    }

    /** A text for {@code parse} to judge; a null from it is a refusal, which does not show it. */
    <T> T parsed(String key, String what, Function<String, @Nullable T> parse, T otherwise) {
        String text = textOrNull(key);
        if (text == null) return otherwise;
        T value = parse.apply(text);
        if (value != null) return value;
        refuse(key, "must be " + what);
        return otherwise;
    }

    int integer(String key, int otherwise) {
        Integer value =
                read(key, "a whole number", Yaml.Scalar::isWhole, text -> Integer.valueOf(text));
        return value == null ? otherwise : value;
    }

    long integer(String key, long otherwise) {
        Long value = read(key, "a whole number", Yaml.Scalar::isWhole, text -> Long.valueOf(text));
        return value == null ? otherwise : value;
    }

    double decimal(String key, double otherwise) {
        Double value =
                read(
                        key,
                        "a number",
                        scalar -> scalar.isWhole() || scalar.kind() == Yaml.Kind.DECIMAL,
                        Section::finite);
        return value == null ? otherwise : value;
    }

    boolean truth(String key, boolean otherwise) {
        Boolean value =
                read(
                        key,
                        "true or false",
                        scalar ->
                                scalar.kind() == Yaml.Kind.TRUTH
                                        || scalar.kind() == Yaml.Kind.FROM_VARIABLE,
                        text ->
                                switch (text) {
                                    case "true", "True", "TRUE" -> true;
                                    case "false", "False", "FALSE" -> false;
                                    default -> null;
                                });
        return value == null ? otherwise : value;
    }

    Duration duration(String key, Duration otherwise) {
        Duration value = read(key, Units.DURATION, Yaml.Scalar::isText, Units::duration);
        return value == null ? otherwise : value;
    }

    /** In bytes. */
    long size(String key, long otherwise) {
        Long value =
                read(
                        key,
                        Units.SIZE,
                        scalar -> scalar.isText() || scalar.kind() == Yaml.Kind.WHOLE,
                        Units::size);
        return value == null ? otherwise : value;
    }

    /** One of the named values. */
    <T> T choice(String key, Map<String, T> values, T otherwise) {
        String text = textOrNull(key);
        if (text == null) return otherwise;
        T value = values.get(text);
        if (value != null) return value;
        List<String> names = values.keySet().stream().sorted().toList();
        refuse(
                key,
                "must be one of %s; did you mean %s?"
                        .formatted(String.join(", ", names), Nearest.to(text, names)));
        return otherwise;
    }

    List<Item> texts(String key) {
        return switch (take(key)) {
            case null -> List.of();
            case Yaml.Sequence(var at, var items) -> {
                List<Item> texts = new ArrayList<>();
                for (int i = 0; i < items.size(); i++) {
                    Yaml item = items.get(i);
                    if (item instanceof Yaml.Scalar scalar && scalar.isText())
                        texts.add(new Item(i, item.line(), scalar.text()));
                    else if (!item.isUnknown()) refuseItem(key, i, item.line(), "must be text");
                }
                yield texts;
            }
            case Yaml.Scalar nothing when nothing.kind() == Yaml.Kind.NOTHING -> List.of();
            case Yaml other -> {
                refuse(key, "must be a list, not " + other.shown());
                yield List.of();
            }
        };
    }

    /** A list of mappings; each is shown as {@code key[index]}. */
    List<Section> sections(String key) {
        List<Yaml> items =
                switch (take(key)) {
                    case null -> List.of();
                    case Yaml.Sequence(var at, var all) -> all;
                    case Yaml.Scalar nothing when nothing.kind() == Yaml.Kind.NOTHING -> List.of();
                    case Yaml other -> {
                        refuse(key, "must be a list, not " + other.shown());
                        yield List.of();
                    }
                };
        List<Section> sections = new ArrayList<>();
        for (int i = 0; i < items.size(); i++) {
            Yaml item = items.get(i);
            String shown = key + "[" + i + "]";
            if (item instanceof Yaml.Mapping(var at, var inside)) {
                var section = new Section(errors, place.child(shown), at, inside);
                children.put(shown, section);
                sections.add(section);
            } else if (!item.isUnknown()) {
                refuseItem(key, i, item.line(), "must be a mapping, not " + item.shown());
            }
        }
        return sections;
    }

    /** Tells what is wrong with an item; then nothing more is told of its list as a whole. */
    void refuseItem(String key, int index, int at, String message) {
        refused.add(key);
        errors.add(place.file(), at, place.child(key).shown() + "[" + index + "]", message);
    }

    /** The section under a key; an empty one if there is none. The same one every time. */
    Section section(String key) {
        return children.computeIfAbsent(key, this::open);
    }

    /** Sections by names that the user gave, in the order of the file. */
    Map<String, Section> named(String key) {
        Section names = section(key);
        Map<String, Section> byName = new LinkedHashMap<>();
        for (String name : names.entries.keySet()) byName.put(name, names.section(name));
        return byName;
    }

    /**
     * Makes a record that refuses nonsense by an {@link IllegalArgumentException} whose message
     * begins with the key's path below this section: that becomes the key's error, and its default
     * is tried instead.
     */
    <T> T build(Supplier<T> maker) {
        while (true) {
            try {
                return maker.get();
            } catch (IllegalArgumentException refusal) {
                if (!blame(String.valueOf(refusal.getMessage()))) throw refusal;
            }
        }
    }

    /** Tells of every key, here and below, that nobody has read. */
    void finish() {
        for (Map.Entry<String, Yaml.Entry> entry : entries.entrySet()) {
            String key = entry.getKey();
            if (known.contains(key)) continue;
            NotYet refusing = NotYet.refusing(place.child(key).path(), entry.getValue().value());
            Set<String> names = new LinkedHashSet<>(known);
            names.addAll(NotYet.keysBelow(place.path()));
            if (refusing != null) refuse(key, refusing.message());
            else if (!names.contains(key)) refuse(key, "unknown key, " + Hint.of(key, names));
        }
        for (Section child : children.values()) child.finish();
    }

    private Section open(String key) {
        Yaml.Entry entry = entries.get(key);
        Map<String, Yaml.Entry> content =
                switch (take(key)) {
                    case null -> Map.of();
                    case Yaml.Mapping mapping -> mapping.entries();
                    case Yaml.Scalar nothing when nothing.kind() == Yaml.Kind.NOTHING -> Map.of();
                    case Yaml other -> {
                        refuse(key, "must be a mapping of keys to values, not " + other.shown());
                        yield Map.of();
                    }
                };
        return new Section(errors, place.child(key), entry == null ? line : entry.line(), content);
    }

    private boolean blame(String message) {
        int end = message.indexOf(' ');
        if (end <= 0) return false;
        String[] keys = message.substring(0, end).split("\\.", -1);
        Section section = this;
        for (int i = 0; i < keys.length - 1; i++) {
            Section child = section.children.get(keys[i]);
            if (child == null) return false;
            section = child;
        }
        String key = keys[keys.length - 1];
        if (!section.has(key) || section.refused.contains(key)) return false;
        section.refuse(key, message.substring(end + 1));
        return true;
    }

    private @Nullable Yaml take(String key) {
        known.add(key);
        Yaml.Entry entry = entries.get(key);
        if (entry == null || refused.contains(key) || entry.value().isUnknown()) return null;
        NotYet refusing = NotYet.refusing(place.child(key).path(), entry.value());
        if (refusing == null) return entry.value();
        refuse(key, refusing.message());
        return null;
    }

    private Yaml.@Nullable Scalar scalar(String key, String what) {
        return switch (take(key)) {
            case null -> null;
            case Yaml.Scalar scalar when scalar.kind() != Yaml.Kind.NOTHING -> scalar;
            case Yaml other -> {
                refuse(key, "must be " + what + ", not " + other.shown());
                yield null;
            }
        };
    }

    private <T> @Nullable T read(
            String key,
            String what,
            Predicate<Yaml.Scalar> fits,
            Function<String, @Nullable T> parse) {
        Yaml.Scalar scalar = scalar(key, what);
        if (scalar == null) return null;
        T value = fits.test(scalar) ? orNull(parse, scalar.text()) : null;
        if (value == null) refuse(key, "must be " + what + ", not " + scalar.shown());
        return value;
    }

    private static <T> @Nullable T orNull(Function<String, @Nullable T> parse, String text) {
        try {
            return parse.apply(text);
        } catch (NumberFormatException tooLargeOrNone) {
            return null;
        }
    }

    private static @Nullable Double finite(String text) {
        double value = Double.parseDouble(text);
        return Double.isFinite(value) ? value : null;
    }
}
