package dev.loadline.app;

import dev.loadline.guard.Guard;
import dev.loadline.guard.Guards;
import dev.loadline.transport.Operations;

import org.jspecify.annotations.Nullable;

import java.util.LinkedHashSet;
import java.util.Set;

/** What operators do with the guards, in the words of the doors. Any thread. */
final class Controls implements Operations {
    private final Guards guards;
    private final @Nullable Drill drill;

    /**
     * @param drill whether things can be made to fail
     */
    Controls(Guards guards, boolean drill) {
        this.guards = guards;
        this.drill = drill ? new OnGuards(guards) : null;
    }

    @Override
    public Set<String> dependencies() {
        Set<String> names = new LinkedHashSet<>();
        for (Guard guard : guards.all()) names.add(guard.policy().name());
        return names;
    }

    @Override
    public void hold(String dependency) {
        guards.hold(dependency);
    }

    @Override
    public void release(String dependency) {
        guards.release(dependency);
    }

    @Override
    public void relearn(String dependency) {
        guards.relearn(dependency);
    }

    @Override
    public @Nullable Drill drill() {
        return drill;
    }

    private record OnGuards(Guards guards) implements Drill {
        @Override
        public boolean guarded() {
            return guards.enabled();
        }

        @Override
        public void guard(boolean enabled) {
            guards.enable(enabled);
        }

        @Override
        public Fault fault(String dependency) {
            dev.loadline.guard.Fault now = guards.faults().get(dependency);
            return now == null
                    ? Fault.NONE
                    : new Fault(
                            now.latencyFactor(),
                            now.addLatencyMs(),
                            now.errorRate(),
                            now.errorStatus(),
                            now.rateLimitRate(),
                            now.retryAfterMs(),
                            now.hang(),
                            now.cutAfterChunks());
        }

        @Override
        public void fault(String dependency, Fault fault) {
            guards.fault(dependency, fault.equals(Fault.NONE) ? null : told(fault));
        }

        private static dev.loadline.guard.Fault told(Fault fault) {
            return new dev.loadline.guard.Fault(
                    fault.latencyFactor(),
                    fault.addLatencyMs(),
                    fault.errorRate(),
                    fault.errorStatus(),
                    fault.rateLimitRate(),
                    fault.retryAfterMs(),
                    fault.hang(),
                    fault.cutAfterChunks());
        }
    }
}
