package dev.loadline.sim;

import dev.loadline.guard.Fault;
import dev.loadline.guard.Guard;
import dev.loadline.guard.Guards;

import org.jspecify.annotations.Nullable;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The real guards of one life of a node, each watched. */
final class SimGuards implements Guards {
    private final Guards real;
    private final Map<String, WatchedGuard> watched = new LinkedHashMap<>();

    SimGuards(Guards real, Simulation sim) {
        this.real = real;
        for (Guard guard : real.all())
            watched.put(guard.policy().name(), new WatchedGuard(guard, sim));
    }

    /** After every event of its node. */
    void look() {
        watched.values().forEach(WatchedGuard::look);
    }

    Iterable<WatchedGuard> watched() {
        return watched.values();
    }

    @Override
    public Guard get(String name) {
        return Objects.requireNonNull(watched.get(name), name);
    }

    @Override
    public List<Guard> all() {
        return List.copyOf(watched.values());
    }

    @Override
    public boolean enabled() {
        return real.enabled();
    }

    @Override
    public void enable(boolean guarded) {
        real.enable(guarded);
    }

    @Override
    public void hold(String dependency) {
        real.hold(dependency);
    }

    @Override
    public void release(String dependency) {
        real.release(dependency);
    }

    @Override
    public void relearn(String dependency) {
        real.relearn(dependency);
    }

    @Override
    public Map<String, Fault> faults() {
        return real.faults();
    }

    @Override
    public void fault(String dependency, @Nullable Fault fault) {
        real.fault(dependency, fault);
    }
}
