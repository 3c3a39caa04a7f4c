package dev.loadline.engine;

import dev.loadline.core.Prompt;
import dev.loadline.turn.Message;
import dev.loadline.turn.Step;
import dev.loadline.turn.TurnEvent;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the user says in a turn: what it was made of, and the texts that joined it, each with the
 * step that is the first to see it. Of a text that joined when no step could be promised any more
 * none is told; the store decides what becomes of it. The turn's loop.
 */
final class Texts {
    private final List<Message> made;
    private final List<TurnEvent.Input> told = new ArrayList<>();
    private final List<Message> untold = new ArrayList<>();

    Texts(List<Message> made) {
        this.made = made;
    }

    /** One that joined; false if it is here already, for the store may tell of it twice. */
    boolean join(Message text) {
        boolean known =
                made.stream().anyMatch(text::equals)
                        || untold.stream().anyMatch(other -> other.id().equals(text.id()))
                        || told.stream().anyMatch(other -> other.message().id().equals(text.id()));
        if (!known) untold.add(text);
        return !known;
    }

    /** One that joined in another life. */
    void told(TurnEvent.Input text) {
        told.add(text);
    }

    /** This step will see what was not told of yet: answers what there is to tell. */
    List<TurnEvent.Input> tell(int step) {
        List<TurnEvent.Input> news =
                untold.stream().map(text -> new TurnEvent.Input(step, text)).toList();
        told.addAll(news);
        untold.clear();
        return news;
    }

    /**
     * Of the texts that joined and that a step up to this one has seen: which step was the first.
     */
    Map<String, Integer> seenBy(int step) {
        Map<String, Integer> seen = new HashMap<>();
        for (TurnEvent.Input text : told) {
            if (text.step() <= step) seen.put(text.message().id(), text.step());
        }
        return seen;
    }

    /** The turn's own part of a step's prompt: what was said to it, and what it said, in order. */
    List<Prompt.Said> prompt(int step, List<Step> done, String turn) {
        List<Prompt.Said> all = new ArrayList<>();
        for (Message text : made) all.add(byUser(text));
        for (int each = 1; each <= step; each++) {
            for (TurnEvent.Input text : told) {
                if (text.step() == each) all.add(byUser(text.message()));
            }
            for (Step before : done) {
                if (before.step() == each && !before.text().isEmpty()) {
                    all.add(new Prompt.Said(turn + "/" + each, false, before.text()));
                }
            }
        }
        return all;
    }

    private static Prompt.Said byUser(Message text) {
        return new Prompt.Said(text.id(), true, text.text());
    }
}
