package dev.loadline.transport;

import dev.loadline.core.Principal;
import dev.loadline.core.Role;

import org.jspecify.annotations.Nullable;

import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;

/** Tells who makes a request. Any event loop; must not block. */
public interface Authenticator {
    /** Longer tokens are nobody's; characters. */
    int TOKEN_MAX = 4096;

    /**
     * Who this is; empty if that is not known (401).
     *
     * @param authorization the header, if there is one
     */
    Optional<Caller> caller(@Nullable String authorization);

    /** The same for a bare bearer token, as a WebSocket's first frame carries it. */
    Optional<Caller> token(String token);

    /**
     * True if everyone is served without credentials. Then the user's own browser must not be made
     * a weapon: foreign origins and hosts are refused.
     */
    boolean open();

    /**
     * True if all callers are one principal: nobody has to be protected from another. Constant
     * while the server runs.
     */
    default boolean lone() {
        return open();
    }

    /** True for what can be a bearer token at all: visible ASCII, 1 to {@link #TOKEN_MAX}. */
    static boolean isToken(String text) {
        if (text.isEmpty() || text.length() > TOKEN_MAX) return false;
        return text.chars().allMatch(c -> c > ' ' && c < 127);
    }

    /**
     * Callers by the SHA-256 of their keys.
     *
     * @param bySha256 by 64 lower-case hex digits
     */
    static Authenticator ofKeys(Map<String, Caller> bySha256) {
        return new KeyAuthenticator(bySha256);
    }

    /**
     * Everyone is {@code local/dev} with both roles: for a server that only listens on loopback.
     */
    static Authenticator everyone() {
        var dev = new Caller(new Principal("local", "dev"), EnumSet.allOf(Role.class));
        return new Authenticator() {
            @Override
            public Optional<Caller> caller(@Nullable String authorization) {
                return Optional.of(dev);
            }

            @Override
            public Optional<Caller> token(String token) {
                return Optional.of(dev);
            }

            @Override
            public boolean open() {
                return true;
            }
        };
    }
}
