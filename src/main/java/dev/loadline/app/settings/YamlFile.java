package dev.loadline.app.settings;

import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.CoreSchema;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Turns one file's text into a tree with lines. Bounded in every direction: nesting, aliases, and
 * what aliases expand to.
 */
final class YamlFile {
    private static final int DEPTH_MAX = 32;
    private static final int ALIASES_MAX = 50;
    private static final int VALUES_MAX = 10_000;

    private static final Map<Tag, Yaml.Kind> KINDS =
            Map.of(
                    Tag.STR, Yaml.Kind.TEXT,
                    Tag.ENV_TAG, Yaml.Kind.TEXT, // looks like a variable, but none was replaced
                    Tag.INT, Yaml.Kind.WHOLE,
                    Tag.FLOAT, Yaml.Kind.DECIMAL,
                    Tag.BOOL, Yaml.Kind.TRUTH,
                    Tag.NULL, Yaml.Kind.NOTHING);

    private final String file;
    private final Variables variables;
    private final Errors errors;
    private int values;

    private YamlFile(String file, Variables variables, Errors errors) {
        this.file = file;
        this.variables = variables;
        this.errors = errors;
    }

    /** The file's mapping; an empty one for an empty file and where the text is no mapping. */
    static Yaml.Mapping read(String file, String text, Variables variables, Errors errors) {
        var nothing = new Yaml.Mapping(1, Map.of());
        var reader = new YamlFile(file, variables, errors);
        Optional<Node> root;
        try {
            var settings =
                    LoadSettings.builder().setLabel(file).setSchema(new CoreSchema()).build();
            if (!reader.bounded(new Parse(settings).parseString(text))) return nothing;
            root = new Compose(settings).composeString(text);
        } catch (MarkedYamlEngineException wrong) {
            Optional<Mark> where = wrong.getProblemMark().or(wrong::getContextMark);
            errors.add(file, line(where), "", "not valid YAML: " + wrong.getProblem());
            return nothing;
        } catch (YamlEngineException wrong) { // a character that YAML does not allow; has no mark
            errors.add(file, 1, "", "not valid YAML: " + wrong.getMessage());
            return nothing;
        }
        if (root.isEmpty()) return nothing;
        return switch (reader.convert(root.get(), "", 0)) {
            case Yaml.Mapping mapping -> mapping;
            case Yaml.Scalar(var line, var empty, var kind) when kind == Yaml.Kind.NOTHING ->
                    nothing;
            case Yaml other -> {
                errors.add(file, other.line(), "", "must be a mapping of keys to values");
                yield nothing;
            }
        };
    }

    /** The composer recurses and expands merges, so the events are judged before it runs. */
    private boolean bounded(Iterable<Event> events) {
        int documents = 0;
        int depth = 0;
        int aliases = 0;
        for (Event event : events) {
            String wrong = null;
            switch (event.getEventId()) {
                case DocumentStart -> {
                    if (++documents > 1) wrong = "only one YAML document a file is allowed";
                }
                case MappingStart, SequenceStart -> {
                    if (++depth > DEPTH_MAX) wrong = "nested deeper than " + DEPTH_MAX + " levels";
                }
                case MappingEnd, SequenceEnd -> depth--;
                case Alias -> {
                    if (++aliases > ALIASES_MAX) wrong = "more than " + ALIASES_MAX + " aliases";
                }
                case Scalar, Comment, DocumentEnd, StreamStart, StreamEnd -> {}
            }
            if (wrong != null) {
                errors.add(file, line(event.getStartMark()), "", wrong);
                return false;
            }
        }
        return true;
    }

    private Yaml convert(Node node, String path, int depth) {
        int line = line(node.getStartMark());
        if (++values > VALUES_MAX || depth > DEPTH_MAX) {
            if (values <= VALUES_MAX || values == VALUES_MAX + 1)
                errors.add(file, line, path, "aliases make this too large, write it out");
            values = VALUES_MAX + 1; // told once
            return new Yaml.Scalar(line, "", Yaml.Kind.UNKNOWN);
        }
        return switch (node) {
            case MappingNode mapping -> mapping(mapping, line, path, depth);
            case SequenceNode sequence -> {
                List<Yaml> items = new ArrayList<>();
                for (Node item : sequence.getValue())
                    items.add(convert(item, path + "[" + items.size() + "]", depth + 1));
                yield new Yaml.Sequence(line, List.copyOf(items));
            }
            case ScalarNode scalar -> scalar(scalar, line, path);
            default -> throw new IllegalStateException("composed a " + node.getNodeType());
        };
    }

    private Yaml mapping(MappingNode node, int line, String path, int depth) {
        Map<String, Yaml.Entry> entries = new LinkedHashMap<>();
        for (NodeTuple tuple : node.getValue()) {
            int at = line(tuple.getKeyNode().getStartMark());
            if (!(tuple.getKeyNode() instanceof ScalarNode name)) {
                errors.add(file, at, path, "a key must be a plain name");
                continue;
            }
            String key = name.getValue();
            String below = path.isEmpty() ? key : path + "." + key;
            Yaml.Entry first = entries.get(key);
            if (first != null) {
                errors.add(file, at, below, "is already given in line " + first.line());
                continue;
            }
            entries.put(key, new Yaml.Entry(at, convert(tuple.getValueNode(), below, depth + 1)));
        }
        return new Yaml.Mapping(line, entries);
    }

    private Yaml.Scalar scalar(ScalarNode node, int line, String path) {
        Yaml.Kind kind = KINDS.get(node.getTag());
        if (kind == null) {
            errors.add(file, line, path, "the tag " + node.getTag() + " is not allowed");
            return new Yaml.Scalar(line, "", Yaml.Kind.UNKNOWN);
        }
        Variables.Result result = variables.in(node.getValue());
        for (String problem : result.problems()) errors.add(file, line, path, problem);
        if (!result.problems().isEmpty()) return new Yaml.Scalar(line, "", Yaml.Kind.UNKNOWN);
        return new Yaml.Scalar(
                line, result.text(), result.replaced() ? Yaml.Kind.FROM_VARIABLE : kind);
    }

    private static int line(Optional<Mark> mark) {
        return mark.map(Mark::getLine).orElse(0) + 1;
    }
}
