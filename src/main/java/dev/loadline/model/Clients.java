package dev.loadline.model;

import io.vertx.core.Future;
import io.vertx.core.http.HttpClientAgent;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * The HTTP clients of one model. A client gives a call any connection that rests, on whatever loop
 * it is read; then each part of the answer is two tasks more, and wakes two threads. So each loop
 * has a client of its own where to connect is cheap. With TLS it is not, and there is one for all.
 * Any thread.
 */
final class Clients {
    private final Supplier<HttpClientAgent> maker;
    private final boolean perLoop;
    private final Map<Object, HttpClientAgent> made = new ConcurrentHashMap<>();
    private volatile boolean closed;

    private Clients(Supplier<HttpClientAgent> maker, boolean perLoop) {
        this.maker = maker;
        this.perLoop = perLoop;
    }

    static Clients perLoop(Supplier<HttpClientAgent> maker) {
        return new Clients(maker, true);
    }

    static Clients shared(HttpClientAgent one) {
        var clients = new Clients(() -> one, false);
        clients.made.put(clients, one);
        return clients;
    }

    /**
     * The client for calls of this loop; asked on it.
     *
     * @throws IllegalStateException once closed
     */
    HttpClientAgent of(CallWatch.Loop loop) {
        if (closed) throw new IllegalStateException("the model is closed");
        return made.computeIfAbsent(perLoop ? loop : this, missing -> maker.get());
    }

    Future<Void> close() {
        closed = true;
        return Future.join(made.values().stream().map(HttpClientAgent::close).toList()).mapEmpty();
    }
}
