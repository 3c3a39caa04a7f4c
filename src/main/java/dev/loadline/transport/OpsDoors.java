package dev.loadline.transport;

import static dev.loadline.transport.Routes.Kind.OBSERVE;
import static dev.loadline.transport.Routes.Kind.OPERATE;

import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.loadline.core.Json;
import dev.loadline.core.Principal;
import dev.loadline.core.Problem;
import dev.loadline.core.ProblemException;
import dev.loadline.core.Rfc3339;
import dev.loadline.core.Timers;
import dev.loadline.telemetry.Reading;
import dev.loadline.transport.Routes.Route;

import io.netty.handler.codec.http2.Http2Error;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The readings for operators: one by one, and all of them once a second as a stream. The frame of a
 * second is made once for all watchers of a loop; who has not taken the one before gets none, so a
 * slow watcher holds one frame and sees fewer. A watcher is a stream like any other: counted,
 * limited, cut when it takes nothing, ended when the node goes away. One loop.
 */
final class OpsDoors {
    private static final Duration EVERY = Duration.ofSeconds(1);
    private static final Buffer OPENING = Buffer.buffer("retry: 1000\n\n");

    private final TransportParts parts;
    private final Streams streams;
    private final Set<Watcher> watchers = new LinkedHashSet<>();
    private Timers.@Nullable Timer ticks; // while somebody watches

    OpsDoors(TransportParts parts, Streams streams) {
        this.parts = parts;
        this.streams = streams;
    }

    List<Route> routes() {
        return List.of(
                Route.of(HttpMethod.GET, OBSERVE, "/api/ops/stream", this::watch),
                Route.of(HttpMethod.GET, OPERATE, "/api/ops/:name", this::reading));
    }

    private void reading(Exchange exchange) {
        for (Reading reading : parts.readings()) {
            if (!reading.name().equals(exchange.name("name"))) continue;
            ObjectNode json = json(reading);
            if ("true".equals(exchange.query("all"))) json.putArray("nodes"); // it is alone
            exchange.json(200, json);
            return;
        }
        throw new ProblemException(Problem.notFound("reading"));
    }

    private ObjectNode json(Reading reading) {
        ObjectNode json = Json.MAPPER.valueToTree(reading.supplier().get());
        json.put("at", Rfc3339.of(parts.clock().millis()));
        json.put("node", parts.node());
        return json;
    }

    // --- the stream

    private void watch(Exchange exchange) {
        if (exchange.request().version() == HttpVersion.HTTP_1_0) {
            throw new ProblemException(
                    Problem.of(Problem.Code.INVALID_REQUEST, "streams need HTTP/1.1"));
        }
        Principal principal = exchange.caller().principal();
        Problem noRoom = streams.reserve(principal);
        if (noRoom != null) throw new ProblemException(noRoom);
        HttpServerResponse response = exchange.response();
        if (response.closed()) {
            streams.unreserve(principal);
            return;
        }
        response.setStatusCode(200).setChunked(true);
        response.putHeader(HttpHeaders.CONTENT_TYPE, "text/event-stream; charset=utf-8");
        response.putHeader(HttpHeaders.CACHE_CONTROL, "no-cache, no-transform");
        response.putHeader("X-Accel-Buffering", "no");
        var watcher = new Watcher(exchange.request(), principal);
        watchers.add(watcher);
        streams.beside(watcher.ending);
        response.exceptionHandler(lost -> watcher.leave());
        response.closeHandler(lost -> watcher.leave());
        watcher.take(OPENING.copy().appendBuffer(frame()));
        if (ticks == null) ticks = parts.timers().every(EVERY, this::tell);
    }

    private void tell() {
        Buffer frame = frame();
        for (Watcher watcher : List.copyOf(watchers)) watcher.offer(frame);
    }

    private Buffer frame() {
        var all = new StringBuilder();
        for (Reading reading : parts.readings()) {
            all.append("event: ").append(reading.name());
            all.append("\ndata: ").append(json(reading)).append("\n\n");
        }
        return Buffer.buffer(all.toString());
    }

    private final class Watcher {
        private final HttpServerRequest request;
        private final Principal principal;
        private final Runnable ending = this::end;
        private boolean taking = true;
        private boolean left;
        private long sentNanos;

        Watcher(HttpServerRequest request, Principal principal) {
            this.request = request;
            this.principal = principal;
        }

        void offer(Buffer frame) {
            long since = parts.clock().nanos() - sentNanos;
            if (taking) take(frame);
            else if (since >= parts.policy().idle().toNanos()) {
                leave();
                Cut.answer(request, Http2Error.ENHANCE_YOUR_CALM);
            }
        }

        void take(Buffer frame) {
            taking = false;
            sentNanos = parts.clock().nanos();
            request.response()
                    .write(frame)
                    .onComplete(taken -> taking = true, lost -> {}); // the close handler tells
        }

        /** The node goes away. */
        void end() {
            leave();
            HttpServerResponse response = request.response();
            if (!taking) Cut.answer(request, Http2Error.CANCEL);
            else if (!response.closed()) response.end().onComplete(done -> {});
        }

        void leave() {
            if (left) return;
            left = true;
            watchers.remove(this);
            streams.unreserve(principal);
            streams.gone(ending);
            if (!watchers.isEmpty() || ticks == null) return;
            ticks.cancel();
            ticks = null;
        }
    }
}
