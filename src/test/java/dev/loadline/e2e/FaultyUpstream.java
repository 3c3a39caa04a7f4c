package dev.loadline.e2e;

import com.fasterxml.jackson.core.io.JsonStringEncoder;

import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A dependency's server on a free port of loopback that misbehaves as a {@link Behaviour} says and
 * writes every arrival down: what is counted here has really been asked for. It speaks as an
 * OpenAI-compatible model or answers once. One loop of its own, so that arrivals have an order.
 */
final class FaultyUpstream implements AutoCloseable {
    private static final Pattern MARKER = Pattern.compile("<([A-Za-z0-9-]+)>");
    private static final int BODY_MAX = 4 * 1024 * 1024;

    private final Vertx vertx =
            Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1).setWorkerPoolSize(1));
    private final HttpServer server;
    private final List<Arrival> arrivals = new CopyOnWriteArrayList<>();
    private final Map<String, Integer> asked = new HashMap<>(); // its loop
    private volatile Behaviour behaviour;

    private FaultyUpstream(Behaviour behaviour) {
        this.behaviour = behaviour;
        server =
                vertx.createHttpServer(new HttpServerOptions().setAcceptBacklog(1024))
                        .requestHandler(this::read)
                        .listen(0, "127.0.0.1")
                        .toCompletionStage()
                        .toCompletableFuture()
                        .join();
    }

    static FaultyUpstream start(Behaviour behaviour) {
        return new FaultyUpstream(behaviour);
    }

    /** From the next arrival on. */
    void behaves(Behaviour next) {
        behaviour = next;
    }

    /** With {@code path} it is what belongs into a configuration. */
    String url(String path) {
        return "http://127.0.0.1:" + server.actualPort() + path;
    }

    /** So far, in order. */
    List<Arrival> arrivals() {
        return arrivals;
    }

    int count(Predicate<Arrival> which) {
        return (int) arrivals.stream().filter(which).count();
    }

    int count(Arrival.Fate fate) {
        return count(arrival -> arrival.fate() == fate);
    }

    /** Distinct turns that reached it. */
    int originals() {
        return count(arrival -> arrival.nth() == 1);
    }

    private void read(HttpServerRequest request) {
        Buffer body = Buffer.buffer();
        request.handler(
                part -> {
                    if (body.length() + part.length() > BODY_MAX) request.connection().close();
                    else body.appendBuffer(part);
                });
        request.endHandler(end -> react(request, body.toString()));
    }

    private void react(HttpServerRequest request, String body) {
        String marker = marker(body);
        int nth = asked.merge(marker, 1, Integer::sum);
        var arrival =
                new Arrival(
                        arrivals.size() + 1,
                        System.nanoTime(),
                        marker,
                        nth,
                        request.headers(),
                        body);
        arrivals.add(arrival);
        request.response().closeHandler(gone -> arrival.ended(Arrival.Fate.CLOSED));
        Reaction reaction = behaviour.to(arrival);
        switch (reaction) {
            case Reaction.Speaks speaks -> speak(request, arrival, speaks);
            case Reaction.Answers answers -> answer(request.response(), arrival, answers);
            case Reaction.Hangs hangs -> request.response().exceptionHandler(gone -> {});
        }
    }

    private static String marker(String body) {
        Matcher matcher = MARKER.matcher(body);
        String last = "";
        while (matcher.find()) last = matcher.group(1);
        return last;
    }

    private void answer(HttpServerResponse response, Arrival arrival, Reaction.Answers answers) {
        later(
                answers.after(),
                arrival,
                now -> {
                    arrival.answeredBy(answers.status());
                    arrival.ended(
                            answers.status() < 400 ? Arrival.Fate.SERVED : Arrival.Fate.REFUSED);
                    answers.headers().forEach(response::putHeader);
                    response.setStatusCode(answers.status())
                            .putHeader("Content-Type", "application/json")
                            .end(answers.json());
                });
    }

    private void speak(HttpServerRequest request, Arrival arrival, Reaction.Speaks speaks) {
        HttpServerResponse response = request.response();
        later(
                speaks.first(),
                arrival,
                now -> {
                    arrival.answeredBy(200);
                    speaks.headers().forEach(response::putHeader);
                    response.setChunked(true).putHeader("Content-Type", "text/event-stream");
                    next(request, arrival, speaks, 0);
                });
    }

    private void next(HttpServerRequest request, Arrival arrival, Reaction.Speaks speaks, int at) {
        HttpServerResponse response = request.response();
        if (at == speaks.cutAfter()) {
            arrival.ended(Arrival.Fate.CUT);
            request.connection().close();
        } else if (at == speaks.texts().size()) {
            arrival.ended(Arrival.Fate.SERVED);
            response.end(chunk("{}", "\"stop\"") + "data: [DONE]\n\n");
        } else {
            response.write(chunk("{\"content\":" + quoted(speaks.texts().get(at)) + "}", "null"));
            later(speaks.gap(), arrival, now -> next(request, arrival, speaks, at + 1));
        }
    }

    /** Unless the client has hung up by then. */
    private void later(Duration delay, Arrival arrival, Handler<Long> what) {
        vertx.setTimer(
                Math.max(1, delay.toMillis()),
                due -> {
                    if (arrival.fate() == Arrival.Fate.OPEN) what.handle(due);
                });
    }

    private static String chunk(String delta, String finish) {
        return """
        data: {"id":"c1","object":"chat.completion.chunk","created":1700000000,"model":"some-model",\
        "choices":[{"index":0,"delta":%s,"finish_reason":%s}]}

        """
                .formatted(delta, finish);
    }

    private static String quoted(String text) {
        return "\"" + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + "\"";
    }

    @Override
    public void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }
}
