package dev.loadline.transport;

import dev.loadline.turn.Feed;
import dev.loadline.turn.Message;
import dev.loadline.turn.Page;
import dev.loadline.turn.Step;
import dev.loadline.turn.Turn;

import java.util.Collection;

/**
 * About how many characters of text something holds, so that it is known beforehand whether to
 * write it as JSON would hold the loop. What is always small weighs nothing.
 */
final class Weight {
    private Weight() {}

    static long of(Object value) {
        return switch (value) {
            case Page<?> page -> sum(page.items());
            case Turn turn -> of(turn);
            case Message message -> message.text().length();
            default -> 0;
        };
    }

    static long sum(Collection<?> values) {
        long sum = 0;
        for (Object each : values) sum += of(each);
        return sum;
    }

    /** With all its texts, which stand in it more than once. */
    static long of(Turn turn) {
        String answer = turn.answer();
        long sum = (long) turn.text().length() + (answer == null ? 0 : answer.length());
        if (turn.steps() != null) for (Step step : turn.steps()) sum += of(step);
        return sum + sum(turn.input());
    }

    private static long of(Step step) {
        String reasoning = step.reasoning();
        return (long) step.text().length() + (reasoning == null ? 0 : reasoning.length());
    }

    /** What a turn has said so far. */
    static long of(Feed feed) {
        long sum = 0;
        for (Step step : feed.earlier()) sum += of(step);
        int size = feed.size();
        for (int i = 0; i < size; i++)
            if (feed.entry(i) instanceof Feed.Said said) sum += said.length();
        return sum;
    }
}
