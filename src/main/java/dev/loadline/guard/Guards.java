package dev.loadline.guard;

import org.jspecify.annotations.Nullable;

import java.util.Collection;
import java.util.List;
import java.util.Map;

/** The guards of a node, by dependency. Any thread. */
public interface Guards {
    /**
     * @throws IllegalArgumentException if two have the same name
     */
    static Guards open(Collection<GuardPolicy> policies, GuardWorld world) {
        return LocalGuards.open(policies, world);
    }

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

    /** Let no call to it go until {@link #release}: an operator's word. */
    void hold(String dependency);

    void release(String dependency);

    /** Forget what was learned of it: what is normal is what was configured. */
    void relearn(String dependency);

    /** The drills' standing orders, by dependency. */
    Map<String, Fault> faults();

    /**
     * @param fault null: none any more
     */
    void fault(String dependency, @Nullable Fault fault);
}
