package dev.loadline.transport;

import static dev.loadline.transport.Routes.Kind.FILE;
import static dev.loadline.transport.Routes.Kind.HEALTH;
import static dev.loadline.transport.Routes.Kind.NEAR;

import dev.loadline.transport.Routes.Route;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** The node itself: its health, its meters, and the client that it ships. */
final class NodeDoors {
    private static final Shipped CLIENT =
            Shipped.of("/client/loadline.js", "text/javascript; charset=utf-8");
    private static final Shipped TYPES =
            Shipped.of("/client/loadline.d.ts", "application/typescript; charset=utf-8");

    private final TransportParts parts;

    NodeDoors(TransportParts parts) {
        this.parts = parts;
    }

    List<Route> routes() {
        return List.of(
                Route.of(HttpMethod.GET, HEALTH, "/health/live", x -> x.empty(200)),
                Route.of(HttpMethod.GET, HEALTH, "/health/ready", this::ready),
                Route.of(HttpMethod.GET, NEAR, "/metrics", this::metrics),
                Route.of(HttpMethod.GET, FILE, "/client/loadline.js", CLIENT::serve),
                Route.of(HttpMethod.GET, FILE, "/client/loadline.d.ts", TYPES::serve));
    }

    /** What is served where nobody says who they are. */
    List<Route> managementRoutes() {
        return List.of(
                Route.of(HttpMethod.GET, HEALTH, "/health/live", x -> x.empty(200)),
                Route.of(HttpMethod.GET, HEALTH, "/health/ready", this::ready),
                Route.of(HttpMethod.GET, HEALTH, "/metrics", this::metrics));
    }

    private void ready(Exchange exchange) {
        exchange.empty(
                parts.ready().getAsBoolean() && !parts.draining().getAsBoolean() ? 200 : 503);
    }

    private void metrics(Exchange exchange) {
        exchange.send(
                200,
                "text/plain; version=0.0.4; charset=utf-8",
                Buffer.buffer(parts.scrape().get()));
    }

    /**
     * A file of the jar, read once.
     *
     * @param tag names the content, so that a browser which has it is not sent it again
     */
    private record Shipped(String type, String tag, Buffer bytes) {
        static Shipped of(String path, String type) {
            try (InputStream in = NodeDoors.class.getResourceAsStream(path)) {
                if (in == null) throw new IllegalStateException("the jar has no " + path);
                byte[] bytes = in.readAllBytes();
                byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
                String tag = "\"" + HexFormat.of().formatHex(digest, 0, 12) + "\"";
                return new Shipped(type, tag, Buffer.buffer(bytes));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException(e);
            }
        }

        void serve(Exchange exchange) {
            exchange.response()
                    .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache")
                    .putHeader(HttpHeaders.ETAG, tag);
            String known = exchange.header("If-None-Match");
            if (known != null && known.contains(tag)) exchange.empty(304);
            else exchange.send(200, type, bytes);
        }
    }
}
