package dev.loadline.app.settings;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Replaces the variables in a text. As in a shell, the default also stands in for an empty value.
 */
final class Variables {
    // ${NAME}, ${NAME:-default}, and $${ for a literal ${; a lone ${ is matched to be refused
    private static final Pattern FORM =
            Pattern.compile(
                    "\\$\\$\\{|\\$\\{(?:(?<name>[A-Za-z_][A-Za-z0-9_]*)(?<or>:-(?<default>[^}]*))?})?");

    private final Map<String, String> values;

    Variables(Map<String, String> values) {
        this.values = Map.copyOf(values);
    }

    /**
     * @param replaced whether there was a variable in the text
     * @param problems what could not be replaced; the text is then of no use
     */
    record Result(String text, boolean replaced, List<String> problems) {}

    Result in(String text) {
        if (!text.contains("${")) return new Result(text, false, List.of());
        List<String> problems = new ArrayList<>();
        boolean replaced = false;
        var result = new StringBuilder();
        Matcher found = FORM.matcher(text);
        while (found.find()) {
            String name = found.group("name");
            replaced |= name != null;
            String with = found.group().equals("$${") ? "${" : value(found, name, problems);
            found.appendReplacement(result, Matcher.quoteReplacement(with));
        }
        return new Result(found.appendTail(result).toString(), replaced, problems);
    }

    private String value(Matcher found, @Nullable String name, List<String> problems) {
        if (name == null) {
            problems.add("${ must be followed by NAME} or NAME:-default}; a literal ${ is $${");
            return "";
        }
        String value = values.get(name);
        if (found.group("or") != null)
            return value == null || value.isEmpty() ? found.group("default") : value;
        if (value == null) {
            problems.add(
                    "the variable "
                            + name
                            + " is not set; set it or write ${"
                            + name
                            + ":-default}");
            return "";
        }
        return value;
    }
}
