package dev.loadline.transport;

import dev.loadline.core.Principal;
import dev.loadline.core.Role;

import java.util.Set;

/** Who makes a request, and what they may do. */
public record Caller(Principal principal, Set<Role> roles) {
    public Caller {
        roles = Set.copyOf(roles);
    }

    boolean operator() {
        return roles.contains(Role.OPERATOR);
    }
}
