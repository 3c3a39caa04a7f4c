package dev.loadline.transport;

import dev.loadline.core.Sha256;

import org.jspecify.annotations.Nullable;

import java.util.Map;
import java.util.Optional;

/**
 * Knows callers by the SHA-256 of their keys. What is compared is the hash of what was presented,
 * so how long that takes tells nothing of any key. Immutable.
 */
final class KeyAuthenticator implements Authenticator {
    private static final String SCHEME = "bearer ";

    private final Map<String, Caller> bySha256;

    /**
     * @param bySha256 by 64 lower-case hex digits
     */
    KeyAuthenticator(Map<String, Caller> bySha256) {
        this.bySha256 = Map.copyOf(bySha256);
    }

    @Override
    public Optional<Caller> caller(@Nullable String authorization) {
        if (authorization == null
                || !authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return Optional.empty();
        }
        return token(authorization.substring(SCHEME.length()).strip());
    }

    @Override
    public Optional<Caller> token(String token) {
        if (!Authenticator.isToken(token)) return Optional.empty();
        return Optional.ofNullable(bySha256.get(Sha256.hex(token)));
    }

    @Override
    public boolean open() {
        return false;
    }

    @Override
    public boolean lone() {
        return bySha256.values().stream().map(Caller::principal).distinct().count() <= 1;
    }
}
