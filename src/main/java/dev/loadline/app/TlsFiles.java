package dev.loadline.app;

import dev.loadline.app.settings.TlsSettings;
import dev.loadline.core.Clock;
import dev.loadline.telemetry.Metrics;
import dev.loadline.transport.Tls;
import dev.loadline.transport.TlsFault;
import dev.loadline.transport.TlsIdentity;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/**
 * Serves the certificate that stands in the files of the moment. Their content is looked at, not
 * their times or names: that also sees a link that was turned to another directory, and both files
 * are taken only once they belong together. Any thread; {@link #look} blocks on the disk.
 */
final class TlsFiles {
    static final String OPERATION = "tls";
    static final Duration EVERY = Duration.ofSeconds(5);

    private static final Logger LOG = LoggerFactory.getLogger(TlsFiles.class);
    private static final Duration EXPIRES_SOON = Duration.ofDays(7);
    private static final Duration WARN_EVERY = Duration.ofDays(1);

    private final TlsSettings files;
    private final Clock clock;
    private final Metrics metrics;
    private final Tls tls;
    // Under its lock:
    private TlsIdentity served;
    private @Nullable String trouble; // as it was told
    private @Nullable Instant warned; // of the expiry

    private TlsFiles(TlsSettings files, Clock clock, Metrics metrics, Tls tls, TlsIdentity served) {
        this.files = files;
        this.clock = clock;
        this.metrics = metrics;
        this.tls = tls;
        this.served = served;
    }

    /**
     * Reads the files. Blocks on the disk.
     *
     * @throws StartFault in words for the operator
     */
    static TlsFiles open(TlsSettings files, Clock clock, Metrics metrics) {
        try {
            TlsIdentity first = TlsIdentity.read(files.certificate(), files.key());
            var opened = new TlsFiles(files, clock, metrics, Tls.serving(first), first);
            opened.warnOfExpiry();
            return opened;
        } catch (TlsFault fault) {
            throw new StartFault(words(fault), fault);
        }
    }

    private static String words(TlsFault fault) {
        String key = fault.part().name().toLowerCase(Locale.ROOT);
        return "server.tls." + key + ": " + fault.words();
    }

    Tls tls() {
        return tls;
    }

    /** Serves what is new in the files; what can't be served is told once, and changes nothing. */
    synchronized void look() {
        try {
            TlsIdentity found = TlsIdentity.read(files.certificate(), files.key());
            if (!found.fingerprint().equals(served.fingerprint())) {
                tls.serve(found);
                served = found;
                warned = null;
                metrics.tlsReload(true);
                LOG.info(
                        "new connections get the changed certificate of {}, good until {}",
                        found.name(),
                        found.expires());
            }
            trouble = null;
        } catch (TlsFault fault) {
            tell(words(fault));
        }
        warnOfExpiry();
    }

    private void tell(String fault) {
        if (fault.equals(trouble)) return;
        trouble = fault;
        metrics.tlsReload(false);
        LOG.warn("the certificate stays as it was, the changed files can't be served: {}", fault);
    }

    /** Serving on is better than a server that does not come up again in the night. */
    private synchronized void warnOfExpiry() {
        Instant now = Instant.ofEpochMilli(clock.millis());
        if (now.isBefore(served.expires().minus(EXPIRES_SOON))) return;
        if (warned != null && now.isBefore(warned.plus(WARN_EVERY))) return;
        warned = now;
        boolean over = !now.isBefore(served.expires());
        LOG.warn(
                "THE CERTIFICATE of {} {} at {}{}; put a new one into {} and {}, without a restart",
                served.name(),
                over ? "HAS EXPIRED" : "EXPIRES",
                served.expires(),
                over ? " and clients refuse it" : "",
                files.certificate(),
                files.key());
    }
}
