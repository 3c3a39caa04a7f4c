package dev.loadline.app;

import com.sun.management.UnixOperatingSystemMXBean;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.lang.management.ManagementFactory;

/**
 * How many connections the process can hold: each takes a file descriptor, as do the models'
 * connections, the database and the jar. Without a setting the doors get three of four, so that a
 * full house still reaches its models.
 */
final class Descriptors {
    private static final Logger LOG = LoggerFactory.getLogger(Descriptors.class);

    /** What nobody has asked for: at some 20 KiB each, more would be felt in the heap. */
    private static final int USUAL_MAX = 20_000;

    private Descriptors() {}

    /**
     * Says it in the log, too.
     *
     * @param configured 0: as many as are good
     */
    static int connections(int configured) {
        long files = files();
        int connections = connections(configured, files);
        LOG.info("at most {} connections; this process may open {} files", connections, files);
        if (connections > files - files / 8) {
            LOG.warn(
                    "server.limits.connections is {}, but this process may open {} files only:"
                            + " raise the limit (ulimit -n), or connections will have to wait",
                    connections,
                    files);
        }
        return connections;
    }

    static int connections(int configured, long files) {
        if (configured != 0) return configured;
        return Math.clamp(files - files / 4, 1, USUAL_MAX);
    }

    private static long files() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean it
                ? it.getMaxFileDescriptorCount()
                : Long.MAX_VALUE;
    }
}
