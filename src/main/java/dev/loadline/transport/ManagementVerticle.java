package dev.loadline.transport;

import dev.loadline.core.Problem;
import dev.loadline.core.ProblemException;
import dev.loadline.core.Timers;
import dev.loadline.mailbox.HeavyWork;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;

/**
 * Health and metrics, and nothing else, on an address of their own: plain HTTP to whoever can
 * connect, with limits of its own, so that full doors do not hide what fills them. Deploy one; its
 * start fails if the port is taken.
 */
public final class ManagementVerticle extends VerticleBase {
    private static final Duration SWEEP = Duration.ofSeconds(1);
    private static final int CONNECTIONS_MAX = 100;
    private static final int BODY_MAX = 1024;
    private static final int HEADER_MAX = 8 * 1024;

    private final TransportParts parts;
    private final ServerPolicy policy;
    private final Answers answers;
    private final Routes routes;
    private Timers.@Nullable Timer sweep; // this loop
    private volatile int port;

    public ManagementVerticle(TransportParts parts, String host, int port) {
        this.parts = parts;
        this.policy =
                new ServerPolicy(
                        host,
                        port,
                        List.of(),
                        BODY_MAX,
                        HEADER_MAX,
                        Duration.ofSeconds(5),
                        CONNECTIONS_MAX,
                        1,
                        parts.policy().idle(),
                        parts.policy().heartbeat(),
                        parts.policy().frameMax(),
                        1);
        this.answers = new Answers(parts.ids(), parts.random());
        this.routes = new Routes(new NodeDoors(parts).managementRoutes());
    }

    @Override
    public Future<?> start() {
        var meter = parts.metrics().connections();
        var accepts = new Accepts(policy, new StreamCounts(), meter);
        var held = new Connections(parts.clock(), policy, accepts, meter);
        sweep = parts.timers().every(SWEEP, held::sweep);
        HeavyWork heavy = HeavyWork.on(vertx);
        return vertx.createHttpServer(TransportVerticle.options(policy, null, accepts))
                .connectionHandler(held::opened)
                .invalidRequestHandler(answers::refuse)
                .requestHandler(
                        request -> {
                            held.follow(request);
                            serve(request, heavy);
                        })
                .listen(SocketAddress.inetSocketAddress(policy.port(), policy.host()))
                .onSuccess(up -> port = up.actualPort());
    }

    @Override
    public Future<?> stop() {
        if (sweep != null) sweep.cancel();
        return Future.succeededFuture();
    }

    private void serve(HttpServerRequest request, HeavyWork heavy) {
        var exchange = new Exchange(request, answers, heavy, parts, policy.idle());
        exchange.attempt(() -> lead(exchange));
    }

    private void lead(Exchange exchange) {
        String path = exchange.request().path();
        switch (routes.find(exchange.request().method(), path == null ? "" : path)) {
            case Routes.Match.Found found -> found.route().door().serve(exchange);
            case Routes.Match.WrongMethod(var allowed) -> {
                String allow = String.join(", ", allowed);
                exchange.response().putHeader(HttpHeaders.ALLOW, allow);
                throw new ProblemException(
                        Problem.of(Problem.Code.INVALID_REQUEST, "allowed here: " + allow)
                                .withStatus(405));
            }
            case Routes.Match.Nowhere nowhere ->
                    throw new ProblemException(Problem.notFound("path"));
        }
    }

    /** The port in use; 0 until the start has succeeded. Any thread. */
    public int port() {
        return port;
    }
}
