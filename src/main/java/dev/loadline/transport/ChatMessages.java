package dev.loadline.transport;

import static dev.loadline.transport.ChatFields.INVALID;
import static dev.loadline.transport.ChatFields.MISSING;
import static dev.loadline.transport.ChatFields.UNSUPPORTED_VALUE;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.core.Prompt;
import dev.loadline.core.Utf16;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/**
 * The messages of a chat completion, sorted: what the caller instructs, what was said up to the
 * last answer, and what the user says since then.
 *
 * @param instructions all {@code system} and {@code developer} texts in order, joined by blank
 *     lines
 * @param input the user's messages after the last answer, joined by blank lines
 * @param since what the model had called after that, with the results: it is to go on from there
 */
record ChatMessages(
        String instructions, List<Prompt.Said> history, String input, List<Prompt.Said> since) {
    private static final String BETWEEN = "\n\n";
    private static final String BETWEEN_PARTS = "\n";

    static ChatMessages of(ChatFields fields) {
        return new Reading(fields).messages();
    }

    private enum Role {
        SYSTEM,
        USER,
        ASSISTANT,
        TOOL
    }

    /** One request's. What is wrong is told to the fields. */
    private static final class Reading {
        private final ChatFields fields;
        private final List<String> instructions = new ArrayList<>();
        private final List<Prompt.Said> said = new ArrayList<>();
        private @Nullable ChatCalls calls; // of the message before, until all results are there

        private Reading(ChatFields fields) {
            this.fields = fields;
        }

        private ChatMessages messages() {
            JsonNode all = fields.get("messages");
            if (all == null) fields.wrong("messages", MISSING, "is required");
            else if (!all.isArray() || all.isEmpty())
                fields.wrong("messages", INVALID, "must be an array with at least one message");
            else for (int i = 0; i < all.size(); i++) read("messages[" + i + "]", all.get(i));

            close();

            int end = said.size();
            while (end > 0 && !said.get(end - 1).called().isEmpty()) end--;
            int since = end;
            while (since > 0 && said.get(since - 1).byUser()) since--;
            List<String> input =
                    said.subList(since, end).stream()
                            .map(Prompt.Said::text)
                            .filter(text -> !text.isBlank())
                            .toList();
            if (all != null && all.isArray() && !all.isEmpty() && input.isEmpty()) {
                fields.wrong(
                        "messages",
                        INVALID,
                        "must end with what the user says, and not blank, or with the results of"
                                + " calls that follow it");
            }
            List<Prompt.Said> history =
                    said.subList(0, since).stream()
                            .filter(one -> !one.text().isEmpty() || !one.called().isEmpty())
                            .toList();
            return new ChatMessages(
                    String.join(BETWEEN, instructions),
                    history,
                    String.join(BETWEEN, input),
                    List.copyOf(said.subList(end, said.size())));
        }

        private void close() {
            if (calls != null) said.add(calls.said());
            calls = null;
        }

        private void read(String path, JsonNode message) {
            if (!message.isObject()) {
                fields.wrong(path, INVALID, "must be an object");
                return;
            }
            Role role = role(path + ".role", ChatFields.get(message, "role"));
            if (role == null) return;
            if (role != Role.TOOL) close();
            String text = content(path, role, message);
            switch (role) {
                case SYSTEM -> {
                    if (!text.isBlank()) instructions.add(text);
                }
                case USER -> said.add(new Prompt.Said("", true, text));
                case ASSISTANT -> {
                    calls = ChatCalls.of(fields, path, text, message);
                    if (calls == null) said.add(new Prompt.Said("", false, text));
                }
                case TOOL -> {
                    if (calls != null) calls.result(path, message, text);
                    else fields.wrong(path, INVALID, "no call stands before this result");
                }
            }
        }

        private @Nullable Role role(String path, @Nullable JsonNode role) {
            if (role == null) {
                fields.wrong(path, MISSING, "is required");
                return null;
            }
            return switch (role.isTextual() ? role.textValue() : "") {
                case "system", "developer" -> Role.SYSTEM;
                case "user" -> Role.USER;
                case "assistant" -> Role.ASSISTANT;
                case "tool" -> Role.TOOL;
                case "function" -> {
                    fields.wrong(path, UNSUPPORTED_VALUE, "is the older form; say it as 'tool'");
                    yield null;
                }
                default -> {
                    String known = "must be one of system, developer, user, assistant, tool";
                    fields.wrong(path, INVALID, known);
                    yield null;
                }
            };
        }

        private String content(String path, Role role, JsonNode message) {
            JsonNode content = ChatFields.get(message, "content");
            JsonNode refusal = ChatFields.get(message, "refusal");
            if (content == null) {
                if (role == Role.ASSISTANT)
                    return refusal != null && refusal.isTextual()
                            ? Utf16.wellFormed(refusal.textValue())
                            : "";
                fields.wrong(path + ".content", MISSING, "is required");
                return "";
            }
            if (content.isTextual()) return Utf16.wellFormed(content.textValue());
            if (!content.isArray()) {
                fields.wrong(path + ".content", INVALID, "must be a string or an array of parts");
                return "";
            }
            List<String> texts = new ArrayList<>();
            for (int j = 0; j < content.size(); j++) {
                String text = part(path + ".content[" + j + "]", role, content.get(j));
                if (!text.isEmpty()) texts.add(text);
            }
            return String.join(BETWEEN_PARTS, texts);
        }

        private String part(String path, Role role, JsonNode part) {
            JsonNode type = ChatFields.get(part, "type");
            String name = type != null && type.isTextual() ? type.textValue() : "";
            boolean refusal = name.equals("refusal") && role == Role.ASSISTANT;
            if (!name.equals("text") && !refusal) {
                switch (name) {
                    case "image_url", "input_audio", "file" ->
                            fields.wrong(
                                    path + ".type",
                                    UNSUPPORTED_VALUE,
                                    "'" + name + "' is not supported, only text is");
                    default -> fields.wrong(path + ".type", INVALID, "must be 'text'");
                }
                return "";
            }
            JsonNode text = ChatFields.get(part, name);
            if (text != null && text.isTextual()) return Utf16.wellFormed(text.textValue());
            fields.wrong(path + "." + name, text == null ? MISSING : INVALID, "must be a string");
            return "";
        }
    }
}
