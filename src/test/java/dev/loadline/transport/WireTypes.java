package dev.loadline.transport;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.loadline.core.Json;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The types of {@code loadline.d.ts}, read by a small parser of the part of TypeScript that it is
 * written in, and held against JSON.
 */
public final class WireTypes {
    private sealed interface Type {}

    private record Primitive(String name) implements Type {}

    private record Literal(String json) implements Type {}

    private record Named(String name, List<Type> arguments) implements Type {}

    private record Array(Type of) implements Type {}

    private record Union(List<Type> any) implements Type {}

    private record Both(List<Type> all) implements Type {}

    private record Member(Type type, boolean optional) {}

    private record Members(Map<String, Member> byName) implements Type {}

    private record Declared(List<String> parameters, Type type) {}

    /** From here on the client's own types, of which no JSON comes. */
    private static final String CLIENT = "(?m)^// ---- The client";

    private static final Pattern TOKEN =
            Pattern.compile(
                    "\\s*(\"[^\"]*\"|[A-Za-z_][A-Za-z0-9_]*|[0-9]+|\\[\\]|[{}()<>|&:;?,=])");

    private final Map<String, Declared> types = new HashMap<>();
    private final List<String> tokens = new ArrayList<>();
    private int at;

    public WireTypes(String source) {
        String wire = source.split(CLIENT, 2)[0];
        String code = wire.replaceAll("(?s)/\\*.*?\\*/", "").replaceAll("(?m)//.*$", "");
        Matcher token = TOKEN.matcher(code);
        int end = 0;
        while (token.find() && token.start() == end) {
            tokens.add(token.group(1));
            end = token.end();
        }
        if (!code.substring(end).isBlank()) {
            throw new IllegalArgumentException("not understood: " + code.substring(end));
        }
        while (at < tokens.size()) declaration();
    }

    /** What is wrong with the JSON, each as {@code path: why}; empty if nothing is. */
    public List<String> check(String type, JsonNode json) {
        List<String> wrong = new ArrayList<>();
        check(type(type), json, type, wrong);
        return wrong;
    }

    /** The type of a member, written as an expression of types. */
    private Type type(String expression) {
        var one = new WireTypes("export type It = " + expression + ";");
        return one.types.get("It").type();
    }

    // --- reading the source

    private String peek() {
        return at < tokens.size() ? tokens.get(at) : "";
    }

    private boolean took(String token) {
        if (!peek().equals(token)) return false;
        at++;
        return true;
    }

    private void take(String token) {
        if (!took(token)) throw new IllegalArgumentException(token + " expected, not " + peek());
    }

    private void declaration() {
        take("export");
        take("type");
        String name = tokens.get(at++);
        List<String> parameters = new ArrayList<>();
        if (took("<")) {
            do parameters.add(tokens.get(at++));
            while (took(","));
            take(">");
        }
        take("=");
        types.put(name, new Declared(parameters, union()));
        take(";");
    }

    private Type union() {
        took("|");
        List<Type> any = new ArrayList<>();
        do any.add(intersection());
        while (took("|"));
        return any.size() == 1 ? any.getFirst() : new Union(any);
    }

    private Type intersection() {
        List<Type> all = new ArrayList<>();
        do all.add(postfix());
        while (took("&"));
        return all.size() == 1 ? all.getFirst() : new Both(all);
    }

    private Type postfix() {
        Type type = simple();
        while (took("[]")) type = new Array(type);
        return type;
    }

    private Type simple() {
        if (took("(")) {
            Type inner = union();
            take(")");
            return inner;
        }
        if (took("{")) return members();
        String word = tokens.get(at++);
        if (word.matches("\".*\"|true|false|[0-9]+")) return new Literal(word);
        if (List.of("string", "number", "boolean", "object").contains(word)) {
            return new Primitive(word);
        }
        List<Type> arguments = new ArrayList<>();
        if (took("<")) {
            do arguments.add(union());
            while (took(","));
            take(">");
        }
        return new Named(word, arguments);
    }

    private Members members() {
        Map<String, Member> byName = new LinkedHashMap<>();
        while (!took("}")) {
            String name = tokens.get(at++).replace("\"", "");
            boolean optional = took("?");
            take(":");
            byName.put(name, new Member(union(), optional));
            if (!peek().equals("}")) take(";");
        }
        return new Members(byName);
    }

    // --- holding it against JSON

    private void check(Type type, JsonNode json, String path, List<String> wrong) {
        if (json.isNull()) {
            wrong.add(path + ": is null");
            return;
        }
        switch (type) {
            case Primitive(String name) -> {
                boolean fits =
                        switch (name) {
                            case "string" -> json.isTextual();
                            case "number" -> json.isNumber();
                            case "boolean" -> json.isBoolean();
                            default -> json.isObject();
                        };
                if (!fits) wrong.add(path + ": is no " + name + ": " + json);
            }
            case Literal(String literal) -> {
                if (!json.equals(Json.read(literal, JsonNode.class))) {
                    wrong.add(path + ": is not " + literal + ": " + json);
                }
            }
            case Array(Type of) -> {
                if (!json.isArray()) wrong.add(path + ": is no array");
                for (int i = 0; i < json.size(); i++) {
                    check(of, json.path(i), path + "[" + i + "]", wrong);
                }
            }
            case Union(List<Type> any) -> checkUnion(any, json, path, wrong);
            case Both both -> checkMembers(flat(both), json, path, wrong);
            case Members members -> checkMembers(members, json, path, wrong);
            case Named named when named.name().equals("Record") ->
                    json.properties()
                            .forEach(
                                    pair ->
                                            check(
                                                    named.arguments().getLast(),
                                                    pair.getValue(),
                                                    path + "." + pair.getKey(),
                                                    wrong));
            case Named named -> check(resolve(named), json, path, wrong);
        }
    }

    private void checkUnion(List<Type> any, JsonNode json, String path, List<String> wrong) {
        for (Type each : any) {
            List<String> inner = new ArrayList<>();
            check(each, json, path, inner);
            if (inner.isEmpty()) return;
        }
        wrong.add(path + ": is none of the declared: " + json);
    }

    private void checkMembers(Members members, JsonNode json, String path, List<String> wrong) {
        if (!json.isObject()) {
            wrong.add(path + ": is no object");
            return;
        }
        members.byName()
                .forEach(
                        (name, member) -> {
                            JsonNode value = json.get(name);
                            String at = path + "." + name;
                            if (value != null) check(member.type(), value, at, wrong);
                            else if (!member.optional()) wrong.add(at + ": is missing");
                        });
        json.fieldNames()
                .forEachRemaining(
                        name -> {
                            if (!members.byName().containsKey(name)) {
                                wrong.add(path + "." + name + ": is not declared");
                            }
                        });
    }

    /** An intersection's members in one. */
    private Members flat(Type type) {
        return switch (type) {
            case Members members -> members;
            case Both(List<Type> all) -> {
                Map<String, Member> byName = new LinkedHashMap<>();
                for (Type each : all) byName.putAll(flat(each).byName());
                yield new Members(byName);
            }
            case Named named -> flat(resolve(named));
            default -> throw new IllegalArgumentException("has no members: " + type);
        };
    }

    private Type resolve(Named named) {
        Declared declared = types.get(named.name());
        if (declared == null) throw new IllegalArgumentException("undeclared: " + named.name());
        Type type = declared.type();
        for (int i = 0; i < declared.parameters().size(); i++) {
            type = replaced(type, declared.parameters().get(i), named.arguments().get(i));
        }
        return type;
    }

    private static Type replaced(Type in, String parameter, Type by) {
        return switch (in) {
            case Named(String name, var arguments) when name.equals(parameter) -> by;
            case Named(String name, var arguments) ->
                    new Named(
                            name, arguments.stream().map(a -> replaced(a, parameter, by)).toList());
            case Array(Type of) -> new Array(replaced(of, parameter, by));
            case Union(var any) ->
                    new Union(any.stream().map(a -> replaced(a, parameter, by)).toList());
            case Both(var all) ->
                    new Both(all.stream().map(a -> replaced(a, parameter, by)).toList());
            case Members(var byName) -> {
                Map<String, Member> members = new LinkedHashMap<>();
                byName.forEach(
                        (name, m) ->
                                members.put(
                                        name,
                                        new Member(
                                                replaced(m.type(), parameter, by), m.optional())));
                yield new Members(members);
            }
            case Primitive primitive -> primitive;
            case Literal literal -> literal;
        };
    }

    /** The member types of a declared object, by name: {@code Events} has one per event. */
    public List<String> checkMember(String type, String member, JsonNode json) {
        Members members = flat(new Named(type, List.of()));
        Member found = members.byName().get(member);
        if (found == null) return List.of(type + "." + member + ": is not declared");
        List<String> wrong = new ArrayList<>();
        check(found.type(), json, member, wrong);
        return wrong;
    }

    /** What is wrong with a WebSocket's message. */
    public List<String> checkSocket(JsonNode message) {
        String type = message.path("type").asText();
        if (!message.has("id")) return checkMember("SocketMessages", type, message);
        ObjectNode event = message.deepCopy();
        event.remove(List.of("type", "id"));
        return checkMember("Events", type, event);
    }
}
