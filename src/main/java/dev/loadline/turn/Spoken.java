package dev.loadline.turn;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a turn has said before a cursor: the fold of its feed's entries. A reset voids what was said
 * of its step until then.
 *
 * <p>Costs a copy of all texts: for snapshots and last events, not for deltas.
 */
public final class Spoken {
    /** One step's texts; either may be empty. */
    public record StepText(int step, String text, String reasoning) {}

    private final String earlier;
    private final List<StepText> steps;
    private final int lastStep;

    private Spoken(String earlier, List<StepText> steps, int lastStep) {
        this.earlier = earlier;
        this.steps = steps;
        this.lastStep = lastStep;
    }

    /**
     * Any thread.
     *
     * @param upTo a cursor that the feed holds
     */
    public static Spoken upTo(Feed feed, Cursor upTo) {
        SortedMap<Integer, Growing> steps = new TreeMap<>();
        List<Feed.Entry> entries = feed.before(upTo);
        for (int i = 0; i < entries.size(); i++) {
            switch (entries.get(i)) {
                case Feed.Said said -> {
                    int end = i == upTo.entry() ? upTo.offset() : said.length();
                    steps.computeIfAbsent(said.step(), step -> new Growing()).add(said, end);
                }
                case Feed.Happened(TurnEvent.Reset(int step, String reason)) -> steps.remove(step);
                case Feed.Happened happened -> {} // only text is folded
            }
        }
        List<StepText> texts =
                steps.entrySet().stream().map(e -> e.getValue().as(e.getKey())).toList();
        return new Spoken(textOf(feed.earlier()), texts, feed.step());
    }

    private static String textOf(List<Step> earlier) {
        var all = new StringBuilder();
        for (Step step : earlier) all.append(step.text());
        return all.toString();
    }

    /** The steps of this feed's own try that said anything, in order. */
    public List<StepText> steps() {
        return steps;
    }

    /** The texts of all steps, also of tries before, in order with nothing between. */
    public String text() {
        if (earlier.isEmpty() && steps.size() == 1) return steps.getFirst().text();
        var all = new StringBuilder(earlier);
        for (StepText step : steps) all.append(step.text());
        return all.toString();
    }

    /** The text of the step under way, or of the last one; empty if it said nothing. */
    public String answer() {
        if (steps.isEmpty() || steps.getLast().step() != lastStep) return "";
        return steps.getLast().text();
    }

    /** A step's texts, run by run. */
    private static final class Growing {
        private final StringBuilder text = new StringBuilder();
        private final StringBuilder reasoning = new StringBuilder();

        private void add(Feed.Said said, int end) {
            (said.reasoning() ? reasoning : text).append(said.text(0, end));
        }

        private StepText as(int step) {
            return new StepText(step, text.toString(), reasoning.toString());
        }
    }
}
