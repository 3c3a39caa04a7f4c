package dev.loadline.context;

import dev.loadline.core.Agent;
import dev.loadline.core.ContextReport;
import dev.loadline.core.ContextReport.Source;
import dev.loadline.core.ContextReport.SourceStatus;
import dev.loadline.core.Prompt;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Makes a prompt within the agent's token budget: instructions (the agent's, then the caller's),
 * then what the sources gave ({@link DataBlock}), then as much of the history as still fits, then
 * the new message. The order is always the same and the oldest goes first, so that the beginning of
 * one prompt is the beginning of the next (providers cache by prefix).
 *
 * <p>Instructions and the new message are never cut: a message that does not fit was refused before
 * it became a turn ({@link #measure}). Of the history whole messages are taken, newest first, until
 * one does not fit. The report counts what was handed over; what the store's own bound had left out
 * before is in no figure.
 */
public final class Assembler {
    /** What a message costs beside its text: its role and its ends. */
    static final int PER_MESSAGE = 4;

    private static final String BETWEEN = "\n\n";

    private Assembler() {}

    /** The report's times are zero: only who calls has a clock. */
    public static ContextTask.Answer.Assembled assemble(
            ContextTask.Assemble task, Tokenizer tokenizer) {
        return assemble(task, List.of(), tokenizer);
    }

    static ContextTask.Answer.Assembled assemble(
            ContextTask.Assemble task, List<Gathered> gathered, Tokenizer tokenizer) {
        Agent agent = task.agent();
        int instructions = instructions(agent, tokenizer);
        String callers = CallersWords.marked(task.callers());
        int theirs = theirs(callers, tokenizer);
        List<Prompt.Said> input = joined(task.input());
        int said = 0;
        for (Prompt.Said message : input) said += cost(message, tokenizer);

        int room = agent.budget().tokens() - instructions - theirs - said;
        DataBlock data = DataBlock.fit(gathered, room, tokenizer);
        Cut history = cut(task.history(), room - data.tokens(), tokenizer);

        var messages = new ArrayList<>(history.kept);
        messages.addAll(input);
        int tokens = instructions + theirs + data.tokens() + history.keptTokens + said;
        List<Source> sources = new ArrayList<>();
        sources.add(ofInstructions(instructions));
        if (theirs > 0) sources.add(source("caller", 1, theirs, theirs));
        sources.addAll(data.sources());
        sources.add(ofHistory(task, history));
        var report =
                new ContextReport(
                        task.step(), tokens, agent.budget().tokens(), 0, List.copyOf(sources));
        return new ContextTask.Answer.Assembled(
                new Prompt(
                        CallersWords.after(
                                CallersWords.after(agent.instructions(), callers), data.text()),
                        List.copyOf(messages),
                        tokens),
                report);
    }

    /** Would a turn with this text and nothing before it fit? */
    public static ContextTask.Answer.Measured measure(
            ContextTask.Measure task, Tokenizer tokenizer) {
        int budget = task.agent().budget().tokens();
        int before = instructions(task.agent(), tokenizer) + PER_MESSAGE;
        String callers = CallersWords.marked(task.callers());
        long units = (long) task.text().length() + callers.length();
        if (!callers.isEmpty()) before += PER_MESSAGE;
        long atMost = before + units * Tokenizer.TOKENS_PER_UNIT_MAX;
        if (atMost <= budget) return new ContextTask.Answer.Measured((int) atMost, true);
        before += tokenizer.count(callers, Math.max(0, budget - before));
        int tokens = before + tokenizer.count(task.text(), Math.max(0, budget - before));
        return new ContextTask.Answer.Measured(tokens, tokens <= budget);
    }

    /** UTF-16 units that have to be gone through to do a task. */
    static long work(ContextTask task, Tokenizer tokenizer) {
        return switch (task) {
            case ContextTask.Assemble assemble ->
                    tokenizer.unknown(asMessage(assemble.agent()))
                            + unknown(assemble.history(), tokenizer)
                            + unknown(assemble.input(), tokenizer)
                            + assemble.callers().length();
            case ContextTask.Measure measure ->
                    tokenizer.unknown(asMessage(measure.agent()))
                            + (long) measure.text().length()
                            + measure.callers().length();
            case ContextTask.Count count ->
                    (long) count.text().length() + count.reasoning().length();
        };
    }

    private static long unknown(List<Prompt.Said> messages, Tokenizer tokenizer) {
        long units = 0;
        for (Prompt.Said message : messages) units += tokenizer.unknown(message);
        return units;
    }

    private static int instructions(Agent agent, Tokenizer tokenizer) {
        return agent.instructions().isEmpty() ? 0 : cost(asMessage(agent), tokenizer);
    }

    private static int theirs(String callers, Tokenizer tokenizer) {
        return callers.isEmpty() ? 0 : tokenizer.count(callers) + PER_MESSAGE;
    }

    /** So that a tokenizer can remember them like a message; no message's id begins like this. */
    private static Prompt.Said asMessage(Agent agent) {
        return new Prompt.Said("instructions of " + agent.name(), false, agent.instructions());
    }

    private static int cost(Prompt.Said message, Tokenizer tokenizer) {
        return tokenizer.count(message) + PER_MESSAGE;
    }

    /** The user's messages with nothing between as one; their ids stay readable in its id. */
    private static List<Prompt.Said> joined(List<Prompt.Said> input) {
        List<Prompt.Said> all = new ArrayList<>();
        List<Prompt.Said> run = new ArrayList<>();
        for (Prompt.Said said : input) {
            if (said.byUser()) {
                run.add(said);
            } else {
                addAsOne(run, all);
                all.add(said);
            }
        }
        addAsOne(run, all);
        return all;
    }

    private static void addAsOne(List<Prompt.Said> run, List<Prompt.Said> to) {
        if (run.isEmpty()) return;
        String id = run.stream().map(Prompt.Said::id).collect(Collectors.joining("+"));
        String text = run.stream().map(Prompt.Said::text).collect(Collectors.joining(BETWEEN));
        to.add(run.size() == 1 ? run.getFirst() : new Prompt.Said(id, true, text));
        run.clear();
    }

    private record Cut(List<Prompt.Said> kept, int keptTokens, int offeredTokens) {}

    private static Cut cut(List<Prompt.Said> history, int room, Tokenizer tokenizer) {
        int[] costs = new int[history.size()];
        int offered = 0;
        for (int i = 0; i < costs.length; i++) {
            costs[i] = cost(history.get(i), tokenizer);
            offered += costs[i];
        }
        int from = costs.length;
        int kept = 0;
        while (from > 0 && kept + costs[from - 1] <= room) kept += costs[--from];
        int user = from;
        while (user < costs.length && !history.get(user).byUser()) user++;
        // An answer whose question was cut says little: begin with the user.
        if (from > 0 && user < costs.length) while (from < user) kept -= costs[from++];
        return new Cut(history.subList(from, costs.length), kept, offered);
    }

    private static Source ofInstructions(int tokens) {
        return source("instructions", tokens == 0 ? 0 : 1, tokens, tokens);
    }

    private static Source ofHistory(ContextTask.Assemble task, Cut cut) {
        return source("history", task.history().size(), cut.offeredTokens, cut.keptTokens);
    }

    private static Source source(String name, int found, int offered, int kept) {
        int trimmed = offered - kept;
        SourceStatus status = trimmed > 0 ? SourceStatus.TRIMMED : SourceStatus.OK;
        return new Source(name, status, found, offered, kept, 0, trimmed, 0);
    }
}
