package dev.loadline.transport;

import static dev.loadline.core.Require.require;

import java.time.Duration;
import java.util.List;

/**
 * Where the server listens and what a connection may send and hold.
 *
 * @param port 0: any free port
 * @param origins origins of other sites that browsers may call from, as {@code https://host[:port]}
 * @param bodyMax bytes of a request's body
 * @param headerMax bytes of a request's headers
 * @param bodyTime how long a request's body may take to arrive
 * @param connectionsMax open connections of this node
 * @param streamsMax open event streams of this node
 * @param idle how long a stream's reader may take nothing, or a connection ask nothing
 * @param heartbeat the silence after which a stream sends a comment
 * @param frameMax bytes of a WebSocket's message
 * @param streamsPerSocket turns that one WebSocket may follow, and conversations it may watch
 * @param headerTime how long a request's headers may take to arrive, from their first byte, and a
 *     TLS hand-shake
 * @param connectionsPerAddress open connections of one remote address; 0: no bound of its own,
 *     because behind a proxy all come from one
 */
public record ServerPolicy(
        String host,
        int port,
        List<String> origins,
        int bodyMax,
        int headerMax,
        Duration bodyTime,
        int connectionsMax,
        int streamsMax,
        Duration idle,
        Duration heartbeat,
        int frameMax,
        int streamsPerSocket,
        Duration headerTime,
        int connectionsPerAddress) {

    private static final Duration HEADER_TIME = Duration.ofSeconds(10);

    public static final ServerPolicy DEFAULT =
            new ServerPolicy(
                    "127.0.0.1",
                    8080,
                    List.of(),
                    1024 * 1024,
                    16 * 1024,
                    Duration.ofSeconds(30),
                    10_000,
                    10_000,
                    Duration.ofSeconds(60),
                    Duration.ofSeconds(15),
                    1024 * 1024,
                    100);

    /** With the usual time for headers, and no bound per address. */
    public ServerPolicy(
            String host,
            int port,
            List<String> origins,
            int bodyMax,
            int headerMax,
            Duration bodyTime,
            int connectionsMax,
            int streamsMax,
            Duration idle,
            Duration heartbeat,
            int frameMax,
            int streamsPerSocket) {
        this(
                host,
                port,
                origins,
                bodyMax,
                headerMax,
                bodyTime,
                connectionsMax,
                streamsMax,
                idle,
                heartbeat,
                frameMax,
                streamsPerSocket,
                HEADER_TIME,
                0);
    }

    public ServerPolicy {
        require(!host.isBlank(), "server.host must be given");
        require(port >= 0 && port <= 65535, "server.port must be 0..65535");
        require(bodyMax >= 1024, "server.limits.body must be at least 1KiB");
        require(headerMax >= 1024, "server.limits.header must be at least 1KiB");
        require(bodyTime.isPositive(), "server.limits.bodyTime must be positive");
        require(connectionsMax >= 1, "server.limits.connections must be at least 1");
        require(streamsMax >= 1, "server.limits.streams must be at least 1");
        require(idle.toMillis() >= 1000, "server.limits.idle must be at least 1s");
        require(heartbeat.toMillis() >= 1000, "server.limits.heartbeat must be at least 1s");
        require(frameMax >= 1024, "server.limits.frame must be at least 1KiB");
        require(streamsPerSocket >= 1, "server.limits.streamsPerSocket must be at least 1");
        require(headerTime.toMillis() >= 1000, "server.limits.headerTime must be at least 1s");
        require(
                connectionsPerAddress >= 0,
                "server.limits.connectionsPerAddress must not be negative");
        origins = List.copyOf(origins);
    }

    public ServerPolicy at(String otherHost, int otherPort) {
        return new ServerPolicy(
                otherHost,
                otherPort,
                origins,
                bodyMax,
                headerMax,
                bodyTime,
                connectionsMax,
                streamsMax,
                idle,
                heartbeat,
                frameMax,
                streamsPerSocket,
                headerTime,
                connectionsPerAddress);
    }

    /** The same with other bounds of connections; see the parameters. */
    public ServerPolicy withConnections(int max, int perAddress, Duration headersWithin) {
        return new ServerPolicy(
                host,
                port,
                origins,
                bodyMax,
                headerMax,
                bodyTime,
                max,
                streamsMax,
                idle,
                heartbeat,
                frameMax,
                streamsPerSocket,
                headersWithin,
                perAddress);
    }
}
