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
        int streamsPerSocket) {

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
                streamsPerSocket);
    }
}
