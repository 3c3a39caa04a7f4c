package dev.loadline.app.settings;

import dev.loadline.core.Principal;
import dev.loadline.core.Role;

import java.util.Set;

/**
 * Who may come in with which key. Prints without the hash: of a weak key even that tells too much.
 *
 * @param sha256 of the key, 64 lower-case hex digits
 * @param roles at least one
 */
public record ApiKey(String sha256, Principal principal, Set<Role> roles) {
    public ApiKey {
        roles = Set.copyOf(roles);
    }

    @Override
    public String toString() {
        return "ApiKey[principal=" + principal + ", roles=" + roles + "]";
    }
}
