package dev.loadline.app.settings;

import dev.loadline.core.Agent;
import dev.loadline.core.WhenBusy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Reads one agent. */
final class AgentReader {
    /** The agent that is served where none is configured. */
    static final String DEFAULT_NAME = "assistant";

    private static final String DEFAULT_INSTRUCTIONS = "You are a helpful assistant.";

    private static final Map<String, WhenBusy> WHEN_BUSY =
            Arrays.stream(WhenBusy.values())
                    .collect(Collectors.toMap(WhenBusy::wire, Function.identity()));
    private static final Map<String, Agent.DuplicateText> DUPLICATE_TEXT =
            Map.of("run", Agent.DuplicateText.RUN, "attach", Agent.DuplicateText.ATTACH);

    private AgentReader() {}

    /**
     * @param models the configured names, in order
     * @param sources of all agents of the node
     */
    static Agent read(
            String name, Section section, Collection<String> models, SourceReader sources) {
        String model = model(section, models);
        return new Agent(
                name,
                section.textOrNull("description"),
                model,
                fallback(section, model, models),
                section.text("instructions", DEFAULT_INSTRUCTIONS),
                budget(section),
                sources.read(name, section.section("context")),
                limits(section),
                busy(section));
    }

    private static String model(Section section, Collection<String> models) {
        String otherwise = models.isEmpty() ? Settings.BUILT_IN_MODEL : models.iterator().next();
        String model = section.text("model", otherwise);
        if (models.contains(model) || model.equals(otherwise)) return model;
        section.refuse("model", "no model is named " + model + ", " + Hint.of(model, models));
        return otherwise;
    }

    /**
     * Only what can be asked in turn: configured models, each once, and not the first one again.
     */
    private static List<String> fallback(Section section, String model, Collection<String> models) {
        List<String> chain = new ArrayList<>();
        for (Section.Item item : section.texts("fallback")) {
            String wrong = null;
            if (!models.contains(item.text()))
                wrong = "no model is named " + item.text() + ", " + Hint.of(item.text(), models);
            else if (item.text().equals(model))
                wrong = model + " is the agent's own model, name another or remove it";
            else if (chain.contains(item.text()))
                wrong = item.text() + " stands here already, remove it";
            if (wrong == null) chain.add(item.text());
            else section.refuseItem("fallback", item.index(), item.line(), wrong);
        }
        return chain;
    }

    private static Agent.Budget budget(Section section) {
        Section keys = section.section("context").section("budget");
        var otherwise = Agent.Budget.DEFAULT;
        return section.build(
                () ->
                        new Agent.Budget(
                                keys.integer("tokens", otherwise.tokens()),
                                keys.duration("time", otherwise.time())));
    }

    private static Agent.Limits limits(Section section) {
        Section keys = section.section("limits");
        var otherwise = Agent.Limits.DEFAULT;
        return section.build(
                () ->
                        new Agent.Limits(
                                keys.integer("steps", otherwise.steps()),
                                keys.integer("toolCalls", otherwise.toolCalls()),
                                keys.integer("sameCall", otherwise.sameCall()),
                                keys.integer("tokens", otherwise.tokens()),
                                keys.decimal("cost", otherwise.cost()),
                                keys.duration("deadline", otherwise.deadline()),
                                keys.integer("depth", otherwise.depth()),
                                keys.integer("descendants", otherwise.descendants()),
                                keys.integer("effects", otherwise.effects())));
    }

    private static Agent.Busy busy(Section section) {
        Section keys = section.section("busy");
        var otherwise = Agent.Busy.DEFAULT;
        return section.build(
                () ->
                        new Agent.Busy(
                                keys.choice("whenBusy", WHEN_BUSY, otherwise.whenBusy()),
                                keys.integer("waiting", otherwise.waiting()),
                                keys.duration("resendWindow", otherwise.resendWindow()),
                                keys.choice(
                                        "duplicateText", DUPLICATE_TEXT, otherwise.duplicateText()),
                                keys.duration("approvalExpires", otherwise.approvalExpires())));
    }
}
