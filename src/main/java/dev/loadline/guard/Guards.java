package dev.loadline.guard;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The guards of a node, by dependency. Any thread. */
public interface Guards {
    /**
     * @throws IllegalArgumentException if there is none of that name
     */
    Guard get(String name);

    /** In the order in which they were configured. */
    List<Guard> all();

    /**
     * False: what a naive runtime does — three retries with exponential back-off on everything,
     * time-outs of ten seconds, no gate, no breaker, no limit. For drills.
     */
    boolean enabled();

    void enable(boolean guarded);

    /** The drills' standing orders, by dependency. */
    Map<String, Fault> faults();

    /**
     * @param fault null: none any more
     */
    void fault(String dependency, @Nullable Fault fault);
}
