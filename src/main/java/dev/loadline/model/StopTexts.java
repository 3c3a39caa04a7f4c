package dev.loadline.model;

import java.util.List;

/**
 * Lets a text pass up to the first of some texts at which it is to stop. The beginning of one is
 * held until it is known what it becomes. Not thread-safe.
 */
final class StopTexts {
    private final List<String> stops;
    private String held = "";
    private boolean met;

    StopTexts(List<String> stops) {
        this.stops = stops;
    }

    /** What may be said now. */
    String pass(String delta) {
        if (stops.isEmpty() || met) return met ? "" : delta;
        String all = held + delta;
        int end = all.length();
        for (String stop : stops) {
            int at = all.indexOf(stop);
            if (at >= 0 && at < end) {
                end = at;
                met = true;
            }
        }
        if (!met) end = all.length() - begun(all);
        held = met ? "" : all.substring(end);
        return all.substring(0, end);
    }

    /** True once one of them came. */
    boolean met() {
        return met;
    }

    /** What is still held, at the end. */
    String rest() {
        String rest = held;
        held = "";
        return rest;
    }

    /** The length of the longest end of the text with which one of them begins. */
    private int begun(String text) {
        int longest = 0;
        for (String stop : stops) {
            int most = Math.min(stop.length() - 1, text.length());
            for (int length = most; length > longest; length--) {
                if (text.regionMatches(text.length() - length, stop, 0, length)) longest = length;
            }
        }
        return longest;
    }
}
