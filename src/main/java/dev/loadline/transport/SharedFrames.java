package dev.loadline.transport;

import dev.loadline.mailbox.HeavyWork;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Big frames (a snapshot, a last event with the whole text) that streams are in the middle of
 * sending: one copy a loop however many clients take it, and none when nobody does. To make one of
 * a long text would hold the loop, so that is done elsewhere, once, and who wants it waits. One
 * loop.
 */
final class SharedFrames {
    private static final class Held {
        private @Nullable Frame frame; // null while it is being made
        private @Nullable Throwable broke;
        private int users;
        private final Set<Fanout.Reader> waiting = new LinkedHashSet<>();
    }

    private final HeavyWork heavy;
    private final StreamCounts counts;
    private final Map<String, Held> held = new HashMap<>();

    SharedFrames(HeavyWork heavy, StreamCounts counts) {
        this.heavy = heavy;
        this.counts = counts;
    }

    /**
     * The frame of this name; made if nobody is sending it. To be released once. Null while it is
     * being made: then the reader is told once, when it is there.
     *
     * @param weight about how many characters are in it
     * @param maker called on any thread
     */
    @Nullable Frame use(String name, long weight, Supplier<Frame> maker, Fanout.Reader reader) {
        Held one = held.get(name);
        if (one == null) {
            one = new Held();
            held.put(name, one);
            counts.encoded();
            if (weight <= HeavyWork.SMALL) one.frame = maker.get();
            else make(name, one, maker);
        }
        if (one.broke != null) throw new IllegalStateException(one.broke);
        if (one.frame == null) one.waiting.add(reader);
        else one.users++;
        return one.frame;
    }

    private void make(String name, Held one, Supplier<Frame> maker) {
        heavy.run(maker::get)
                .onComplete(
                        made -> {
                            one.frame = made.result();
                            one.broke = made.cause();
                            List<Fanout.Reader> told = List.copyOf(one.waiting);
                            one.waiting.clear();
                            for (Fanout.Reader each : told) each.advance(); // may use it
                            if (one.users == 0) held.remove(name, one);
                        });
    }

    void release(Frame frame) {
        String name = frame.sharedAs();
        if (name == null) return;
        Held one = held.get(name);
        if (one != null && --one.users == 0) held.remove(name);
    }
}
