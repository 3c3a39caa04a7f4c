package dev.loadline.guard;

import java.util.Collection;

/** The guards of this node. */
final class LocalGuards {
    private LocalGuards() {}

    static Guards open(Collection<GuardPolicy> policies, GuardWorld world) {
        throw new UnsupportedOperationException(policies.size() + " guards in " + world);
    }
}
