package dev.loadline.app.settings;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What the format knows and this version can't do. The one list: who builds a part takes its lines
 * out here and reads its keys. A key that stands here is refused where it is used, and passes where
 * it says nothing ({@code webhooks: {}}, or the rest of a cluster that is not enabled).
 *
 * @param path its segments; {@code *} stands for a name
 * @param used whether a value asks for something
 * @param instead what to write now
 */
record NotYet(List<String> path, Predicate<Yaml> used, String instead) {
    private static final String WITHOUT = "remove it";

    private static final List<NotYet> LIST =
            List.of(
                    value("store.url", NotYet::isPostgres, "use sqlite:FILE"),
                    value("cluster.enabled", Set.of("true"), "use false"),
                    inert("cluster.bind"),
                    inert("cluster.members"),
                    inert("cluster.kubernetes"),
                    key("auth.jwt"),
                    value("memory", NotYet::isEmbeddedByDefault, "write provider: none"),
                    value("memory.provider", Set.of("embedded", "http"), "use none"),
                    inert("memory.url"),
                    inert("memory.embeddings"),
                    inert("memory.normal"),
                    inert("memory.critical"),
                    inert("memory.canary"),
                    key("alarms.webhook"),
                    key("alarms.secret"),
                    key("mcp"),
                    key("tools"),
                    key("webhooks"),
                    value("agents.*.context.*.kind", SourceReader.OTHER_KINDS, "use http"),
                    key("agents.*.context.*.replaces"),
                    key("agents.*.tools"),
                    key("agents.*.permissions"));

    String message() {
        return "not supported yet, " + instead;
    }

    /** The line of the list that refuses this value here, or null. */
    static @Nullable NotYet refusing(List<String> path, Yaml value) {
        for (NotYet line : LIST) if (fits(line.path, path) && line.used.test(value)) return line;
        return null;
    }

    /** The keys of the list right below a path. */
    static List<String> keysBelow(List<String> path) {
        List<String> keys = new ArrayList<>();
        for (NotYet line : LIST) {
            int last = line.path.size() - 1;
            if (fits(line.path.subList(0, last), path)) keys.add(line.path.getLast());
        }
        return keys;
    }

    private static boolean fits(List<String> pattern, List<String> path) {
        if (pattern.size() != path.size()) return false;
        for (int i = 0; i < path.size(); i++)
            if (!pattern.get(i).equals("*") && !pattern.get(i).equals(path.get(i))) return false;
        return true;
    }

    private static NotYet key(String path) {
        return value(path, NotYet::saysSomething, WITHOUT);
    }

    private static NotYet inert(String path) {
        return value(path, value -> false, WITHOUT);
    }

    private static NotYet value(String path, Set<String> refused, String instead) {
        return value(
                path,
                value ->
                        value instanceof Yaml.Scalar(var line, var text, var kind)
                                && refused.contains(text),
                instead);
    }

    private static NotYet value(String path, Predicate<Yaml> used, String instead) {
        return new NotYet(List.of(path.split("\\.", -1)), used, instead);
    }

    private static boolean saysSomething(Yaml value) {
        return switch (value) {
            case Yaml.Mapping(var line, var entries) -> !entries.isEmpty();
            case Yaml.Sequence(var line, var items) -> !items.isEmpty();
            case Yaml.Scalar(var line, var text, var kind) -> kind != Yaml.Kind.NOTHING;
        };
    }

    private static boolean isPostgres(Yaml value) {
        return value instanceof Yaml.Scalar(var line, var text, var kind)
                && text.startsWith("postgres");
    }

    private static boolean isEmbeddedByDefault(Yaml value) {
        return value instanceof Yaml.Mapping(var line, var entries)
                && !entries.isEmpty()
                && !entries.containsKey("provider");
    }
}
