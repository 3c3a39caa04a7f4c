package dev.loadline.transport;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Remembers what it was told. */
final class FakeOperations implements Operations, Operations.Drill {
    final List<String> told = new CopyOnWriteArrayList<>();
    final Map<String, Fault> faults = new ConcurrentHashMap<>();
    volatile boolean drills = true;
    volatile boolean guarded = true;

    @Override
    public Set<String> dependencies() {
        return Set.of("model:main", "model:a/b");
    }

    @Override
    public void hold(String dependency) {
        told.add("hold " + dependency);
    }

    @Override
    public void release(String dependency) {
        told.add("release " + dependency);
    }

    @Override
    public void relearn(String dependency) {
        told.add("relearn " + dependency);
    }

    @Override
    public Drill drill() {
        return drills ? this : null;
    }

    @Override
    public boolean guarded() {
        return guarded;
    }

    @Override
    public void guard(boolean enabled) {
        guarded = enabled;
    }

    @Override
    public Fault fault(String dependency) {
        return faults.getOrDefault(dependency, Fault.NONE);
    }

    @Override
    public void fault(String dependency, Fault fault) {
        if (fault.equals(Fault.NONE)) faults.remove(dependency);
        else faults.put(dependency, fault);
    }
}
