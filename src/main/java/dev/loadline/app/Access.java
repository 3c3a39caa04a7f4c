package dev.loadline.app;

import dev.loadline.app.settings.ApiKey;
import dev.loadline.app.settings.AuthSettings;
import dev.loadline.app.settings.QuotaSettings;
import dev.loadline.engine.Allowances;
import dev.loadline.engine.Quotas;
import dev.loadline.store.TokenUse;
import dev.loadline.transport.Authenticator;
import dev.loadline.transport.Caller;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.stream.Collectors;

/** Who is let in and may use how much, as the settings say. */
final class Access {
    private static final Logger LOG = LoggerFactory.getLogger(Access.class);

    private Access() {}

    static Authenticator of(AuthSettings auth) {
        if (auth.keys().isEmpty()) return Authenticator.everyone();
        return Authenticator.ofKeys(
                auth.keys().stream()
                        .collect(
                                Collectors.toMap(
                                        ApiKey::sha256,
                                        key -> new Caller(key.principal(), key.roles()))));
    }

    static Quotas quotas(QuotaSettings quotas, Ground ground) {
        if (quotas.entries().isEmpty()) return Quotas.none();
        Telemetry telemetry = ground.telemetry();
        return new Allowances(
                quotas::of,
                TokenUse.in(ground.db()),
                ground.clock(),
                telemetry.background(),
                limit -> telemetry.metrics().quotaRefused(limit.wire()));
    }

    /** Says in the log who it is. */
    static void say(AuthSettings auth) {
        switch (auth.from()) {
            case NOWHERE ->
                    LOG.info(
                            "no auth is configured: whoever connects on this machine is local/dev,"
                                    + " user and operator");
            case FILE -> LOG.info("callers need one of {} keys", auth.keys().size());
            case FILE_AND_NOT_VARIABLE ->
                    LOG.warn(
                            "callers need one of {} keys; auth.keys is configured, so"
                                    + " LOADLINE_API_KEY is not used",
                            auth.keys().size());
            case VARIABLE ->
                    LOG.info(
                            "callers need the key in LOADLINE_API_KEY: it is default/owner's, user"
                                    + " and operator");
        }
    }
}
