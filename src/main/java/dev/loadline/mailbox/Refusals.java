package dev.loadline.mailbox;

import dev.loadline.core.WorkClass;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** How often what was refused, and why. Not thread-safe: under its mailbox's lock. */
final class Refusals {
    static final String EXPIRED = "expired";

    private final Map<WorkClass, Map<String, Long>> counts = new EnumMap<>(WorkClass.class);

    Refusals() {
        for (WorkClass workClass : WorkClass.values()) counts.put(workClass, new TreeMap<>());
    }

    void count(WorkClass workClass, String reason) {
        Objects.requireNonNull(counts.get(workClass)).merge(reason, 1L, Long::sum);
    }

    /** What happened at least once. */
    List<RefusedReading> readings(String mailbox) {
        var all = new ArrayList<RefusedReading>();
        counts.forEach(
                (workClass, reasons) ->
                        reasons.forEach(
                                (why, count) ->
                                        all.add(
                                                new RefusedReading(
                                                        mailbox, workClass, why, count))));
        return all;
    }
}
