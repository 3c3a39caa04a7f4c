package dev.loadline.guard;

import org.jspecify.annotations.Nullable;

import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The guards of this node. What is in it is complete before it is known to anybody. */
final class LocalGuards implements Guards {
    private final Drills drills = new Drills();
    private final Map<String, LocalGuard> guards = new LinkedHashMap<>();
    private final Map<String, LimitGroup> groups = new HashMap<>();

    private LocalGuards() {}

    static Guards open(Collection<GuardPolicy> policies, GuardWorld world) {
        var all = new LocalGuards();
        for (GuardPolicy policy : policies) all.add(policy, world);
        all.guards.values().forEach(LocalGuard::open);
        world.news().hear(all::heard);
        return all;
    }

    private void add(GuardPolicy policy, GuardWorld world) {
        LimitGroup group =
                groups.computeIfAbsent(policy.limitGroup(), name -> new LimitGroup(name, world));
        var guard = new LocalGuard(policy, world, group, drills);
        if (guards.putIfAbsent(policy.name(), guard) != null)
            throw new IllegalArgumentException("two dependencies are named " + policy.name());
    }

    private void heard(News.Item item) {
        switch (item) {
            case News.GateClosed closed -> {
                LimitGroup group = groups.get(closed.limitGroup());
                if (group != null) group.told(closed);
            }
            case News.BreakerOpened opened -> {
                LocalGuard guard = guards.get(opened.dependency());
                if (guard != null) guard.warned();
            }
        }
    }

    @Override
    public Guard get(String name) {
        return find(name);
    }

    private LocalGuard find(String name) {
        LocalGuard guard = guards.get(name);
        if (guard == null) throw new IllegalArgumentException("no dependency is named " + name);
        return guard;
    }

    @Override
    public List<Guard> all() {
        return List.copyOf(guards.values());
    }

    @Override
    public boolean enabled() {
        return drills.guarded();
    }

    @Override
    public void enable(boolean guarded) {
        if (drills.guarded() == guarded) return;
        drills.guard(guarded);
        guards.values().forEach(LocalGuard::switched);
    }

    @Override
    public void hold(String dependency) {
        find(dependency).hold(true);
    }

    @Override
    public void release(String dependency) {
        find(dependency).hold(false);
    }

    @Override
    public void relearn(String dependency) {
        find(dependency).relearn();
    }

    @Override
    public Map<String, Fault> faults() {
        return drills.faults();
    }

    @Override
    public void fault(String dependency, @Nullable Fault fault) {
        find(dependency);
        drills.fault(dependency, fault);
    }
}
