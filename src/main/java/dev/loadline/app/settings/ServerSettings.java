package dev.loadline.app.settings;

import static dev.loadline.core.Require.require;

import org.jspecify.annotations.Nullable;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;

/**
 * Where and how connections are taken.
 *
 * @param host a name or an address, IPv6 without brackets
 * @param port 0: any free one
 * @param origins browsers' origins that may use the server, as {@code https://app.example}
 * @param drainGrace how long running turns may go on once the server is told to stop
 * @param tls null: plain HTTP
 * @param management null: no address of its own for health and metrics
 */
public record ServerSettings(
        String host,
        int port,
        List<String> origins,
        Limits limits,
        Duration drainGrace,
        @Nullable TlsSettings tls,
        @Nullable ManagementSettings management) {
    public static final ServerSettings DEFAULT =
            new ServerSettings(
                    "127.0.0.1",
                    8080,
                    List.of(),
                    Limits.DEFAULT,
                    Duration.ofSeconds(30),
                    null,
                    null);

    public ServerSettings {
        require(!host.isBlank(), "server.host must not be empty");
        require(port >= 0 && port <= 65_535, "server.port must be 0..65535");
        require(
                !drainGrace.isNegative() && drainGrace.compareTo(Duration.ofHours(1)) <= 0,
                "server.drainGrace must be at most 1h");
        require(
                management == null || port == 0 || management.port() != port,
                "server.management.port must differ from server.port");
        origins = List.copyOf(origins);
    }

    public ServerSettings at(String otherHost, int otherPort) {
        return new ServerSettings(
                otherHost, otherPort, origins, limits, drainGrace, tls, management);
    }

    /** Whether only this machine can connect. A name other than localhost is not looked up. */
    public boolean isLoopback() {
        if (host.equalsIgnoreCase("localhost")) return true;
        try {
            return InetAddress.ofLiteral(host).isLoopbackAddress();
        } catch (IllegalArgumentException noLiteral) {
            return false;
        }
    }

    /**
     * What one connection may do, and how many there may be.
     *
     * @param body bytes of a request's body
     * @param header bytes of a request's line and headers
     * @param frame bytes of a WebSocket message
     * @param idle how long a connection may take or bring nothing
     * @param connections open ones of this node; 0: as many as the process's files allow
     * @param connectionsPerAddress of them, of one remote address; 0: no bound
     */
    public record Limits(
            int body,
            int header,
            int frame,
            int streamsPerSocket,
            Duration idle,
            int connections,
            int connectionsPerAddress) {
        public static final Limits DEFAULT =
                new Limits(1 << 20, 16 << 10, 1 << 20, 100, Duration.ofSeconds(60), 0, 0);

        private static final int KIB = 1 << 10;
        private static final int MIB = 1 << 20;

        public Limits {
            require(
                    body >= KIB && body <= 64 * MIB,
                    "server.limits.body must be between 1KiB and 64MiB");
            require(
                    header >= KIB && header <= MIB,
                    "server.limits.header must be between 1KiB and 1MiB");
            require(
                    frame >= KIB && frame <= 64 * MIB,
                    "server.limits.frame must be between 1KiB and 64MiB");
            require(
                    streamsPerSocket >= 1 && streamsPerSocket <= 10_000,
                    "server.limits.streamsPerSocket must be 1..10000");
            require(
                    idle.toMillis() >= 1000 && idle.compareTo(Duration.ofDays(1)) <= 0,
                    "server.limits.idle must be between 1s and 1d");
            require(
                    connections >= 0 && connections <= 10_000_000,
                    "server.limits.connections must be 0..10000000");
            require(
                    connectionsPerAddress >= 0 && connectionsPerAddress <= 10_000_000,
                    "server.limits.connectionsPerAddress must be 0..10000000");
        }
    }
}
