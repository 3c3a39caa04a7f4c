package dev.loadline.transport;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Big frames (a snapshot, a last event with the whole text) that streams are in the middle of
 * sending: one copy a loop however many clients take it, and none when nobody does. One loop.
 */
final class SharedFrames {
    private static final class Held {
        private final Frame frame;
        private int users;

        private Held(Frame frame) {
            this.frame = frame;
        }
    }

    private final Map<String, Held> held = new HashMap<>();

    /** The frame of this name; made if nobody is sending it. To be released once. */
    Frame use(String name, Supplier<Frame> maker) {
        Held one = held.computeIfAbsent(name, missing -> new Held(maker.get()));
        one.users++;
        return one.frame;
    }

    void release(Frame frame) {
        String name = frame.sharedAs();
        if (name == null) return;
        Held one = held.get(name);
        if (one != null && --one.users == 0) held.remove(name);
    }
}
