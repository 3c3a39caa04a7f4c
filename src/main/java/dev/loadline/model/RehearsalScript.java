package dev.loadline.model;

import dev.loadline.core.Prompt;
import dev.loadline.core.ToolCall;
import dev.loadline.core.Utf16;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What the rehearsal model thinks and says to a prompt: a function of the prompt alone. {@link
 * RehearsalModel} lists the phrases.
 */
record RehearsalScript(
        Iterator<String> reasoning, Iterator<String> text, boolean slow, List<ToolCall> calls) {
    private static final int QUOTED_MAX = 200;
    private static final int EMOJIS = 12;
    private static final String[] WORDS = {
        "the", "load", "line", "is", "a", "mark", "on", "the", "hull", "that", "says", "how",
        "much", "a", "ship", "can", "safely", "carry"
    };

    /** Plain pairs, a skin tone, a joined family and a flag. */
    private static final List<String> FACES = List.of("😀", "🚢", "👍🏽", "👨‍👩‍👧", "🇨🇭", "🎉");

    private static final Pattern SLOWLY = phrase("^\\s*slowly[,:]?\\s+(.*)$");
    private static final Pattern SAY = phrase("^\\s*say:[ \\t]?(.*)$");
    private static final Pattern CALL = phrase("\\bcall ([a-z0-9_-]{1,64})(?:\\s*(\\{[^}]*\\}))?");
    private static final Pattern THINK = phrase("^\\s*think about\\s+(.*)$");
    private static final Pattern THEN = phrase("[,;.]\\s*then\\s+");
    private static final Pattern COUNT = phrase("\\bcount to (\\d{1,9})\\b");
    private static final Pattern WRITE = phrase("\\bwrite (\\d{1,9}) words?\\b");
    private static final Pattern EMOJI = phrase("\\b(?:(\\d{1,9})\\s+)?emojis?\\b");
    private static final Pattern REMEMBER =
            phrase(
                    "\\bwhat (?:did|have) i (?:just )?sa(?:y|id)\\b|\\b(?:do|what do) you remember\\b");
    private static final Pattern INSTRUCTIONS = phrase("\\bwhat are your instructions\\b");
    private static final Pattern HELP = phrase("^\\s*help\\b|\\bwhat can you do\\b");

    private static final String ABILITIES =
            "I am the rehearsal model, not a real one: the same words always get the same answer. Try:"
                    + " count to 20 · write 300 words · say: any text · emoji · think about boats"
                    + " · think about boats, then count to 5 · slowly count to 20"
                    + " · what did I say · what are your instructions.";

    static RehearsalScript of(Prompt prompt) {
        List<ToolCall> calls = calls(prompt);
        if (!calls.isEmpty())
            return new RehearsalScript(
                    Collections.emptyIterator(), Collections.emptyIterator(), false, calls);
        String message = prompt.messages().isEmpty() ? "" : prompt.messages().getLast().text();
        Matcher slowly = SLOWLY.matcher(message);
        boolean slow = slowly.matches();
        if (slow) message = slowly.group(1);
        Matcher think = THINK.matcher(message);
        if (!think.matches())
            return new RehearsalScript(
                    Collections.emptyIterator(), answer(message, prompt), slow, List.of());
        String[] parts = THEN.split(think.group(1), 2);
        String topic = quoted(parts[0].strip());
        Iterator<String> text =
                parts.length > 1
                        ? answer(parts[1], prompt)
                        : Words.of(
                                "I have thought about " + topic + ", as far as a rehearsal can.");
        return new RehearsalScript(Words.of(thoughts(topic, prompt)), text, slow, List.of());
    }

    /** All that the user's newest message names, of what is offered. */
    private static List<ToolCall> calls(Prompt prompt) {
        List<ToolCall> calls = new ArrayList<>();
        if (prompt.tools().isEmpty() || prompt.messages().isEmpty()) return calls;
        Prompt.Said last = prompt.messages().getLast();
        Matcher call = CALL.matcher(last.byUser() ? last.text() : "");
        while (call.find()) {
            String name = call.group(1);
            String arguments = call.group(2) == null ? "{}" : call.group(2);
            if (prompt.tools().stream().anyMatch(offer -> offer.name().equals(name)))
                calls.add(new ToolCall("call_" + calls.size(), name, arguments));
        }
        return calls;
    }

    private static String results(List<Prompt.Called> called) {
        return called.stream()
                .map(each -> each.call().name() + " answered " + quoted(each.result()) + ".")
                .collect(Collectors.joining(" "));
    }

    private static Iterator<String> answer(String message, Prompt prompt) {
        List<Prompt.Called> called =
                prompt.messages().isEmpty() ? List.of() : prompt.messages().getLast().called();
        if (!called.isEmpty()) return Words.of(results(called));
        Matcher say = SAY.matcher(message);
        if (say.matches()) return Words.of(say.group(1));
        Matcher count = COUNT.matcher(message);
        if (count.find()) return counted(Integer.parseInt(count.group(1)));
        Matcher write = WRITE.matcher(message);
        if (write.find()) return written(Integer.parseInt(write.group(1)));
        if (REMEMBER.matcher(message).find()) return Words.of(remembered(prompt));
        if (INSTRUCTIONS.matcher(message).find()) return Words.of(instructions(prompt));
        if (HELP.matcher(message).find()) return Words.of(ABILITIES);
        Matcher emoji = EMOJI.matcher(message);
        if (emoji.find()) return faces(emoji.group(1));
        return Words.of(friendly(message, prompt));
    }

    private static Iterator<String> counted(int to) {
        return Words.generated(to, i -> i == 0 ? "1" : " " + (i + 1));
    }

    private static Iterator<String> written(int words) {
        return Words.generated(words, i -> (i == 0 ? "" : " ") + WORDS[i % WORDS.length]);
    }

    /** In halves: whoever shows them must join the pairs again. */
    private static Iterator<String> faces(String asked) {
        int count = asked == null ? EMOJIS : Integer.parseInt(asked);
        Iterator<String> each = Words.generated(count, i -> FACES.get(i % FACES.size()));
        return new Iterator<>() {
            private Iterator<String> halves = Collections.emptyIterator();

            @Override
            public boolean hasNext() {
                return halves.hasNext() || each.hasNext();
            }

            @Override
            public String next() {
                if (!halves.hasNext()) halves = Words.units(each.next());
                return halves.next();
            }
        };
    }

    private static String remembered(Prompt prompt) {
        List<Prompt.Said> before = before(prompt);
        List<Prompt.Said> yours = before.stream().filter(Prompt.Said::byUser).toList();
        return switch (yours.size()) {
            case 0 -> "You have said nothing before this, as far as I was told.";
            case 1 -> "Before this you said one thing: " + quoted(yours.getFirst().text()) + ".";
            default ->
                    ("Before this you said %d things. The first was %s. The last was %s."
                                    + " I was given %d earlier messages.")
                            .formatted(
                                    yours.size(),
                                    quoted(yours.getFirst().text()),
                                    quoted(yours.getLast().text()),
                                    before.size());
        };
    }

    private static String instructions(Prompt prompt) {
        return prompt.instructions().isEmpty()
                ? "I was given no instructions."
                : "My instructions are: " + quoted(prompt.instructions()) + ".";
    }

    private static String thoughts(String topic, Prompt prompt) {
        return "The user wants me to think about %s. I was given %d earlier messages. I weigh them and answer in a few words."
                .formatted(topic, before(prompt).size());
    }

    private static String friendly(String message, Prompt prompt) {
        int before = before(prompt).size();
        return "This is the rehearsal model, not a real one. You said: %s. %s Say help to see what I can do."
                .formatted(
                        quoted(message),
                        switch (before) {
                            case 0 -> "It is the first thing said here.";
                            case 1 -> "One message came before it.";
                            default -> before + " messages came before it.";
                        });
    }

    private static List<Prompt.Said> before(Prompt prompt) {
        List<Prompt.Said> all = prompt.messages();
        return all.isEmpty() ? all : all.subList(0, all.size() - 1);
    }

    private static String quoted(String text) {
        String whole = Utf16.wellFormed(text);
        return whole.length() <= QUOTED_MAX
                ? "“" + whole + "”"
                : "“" + whole.substring(0, Utf16.cutBefore(whole, QUOTED_MAX)) + "…”";
    }

    private static Pattern phrase(String regex) {
        return Pattern.compile(regex, Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
    }
}
