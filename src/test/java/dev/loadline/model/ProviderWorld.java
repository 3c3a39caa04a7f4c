package dev.loadline.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Clock;
import dev.loadline.core.Deadline;
import dev.loadline.core.ModelOptions;
import dev.loadline.core.Outcome;
import dev.loadline.core.Prompt;
import dev.loadline.core.TurnId;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;

import org.junit.jupiter.api.AfterEach;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** What the socket tests of all providers share: a server, an event loop, a model. */
abstract class ProviderWorld {
    static final String KEY = "sk-test-0123456789";

    final FakeProvider server;
    final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2));
    final Context loop = vertx.getOrCreateContext();
    final LoopTimers timers = new LoopTimers(vertx);
    final RemoteModel model;

    ProviderWorld(FakeProvider server) {
        this.server = server;
        this.model = model(server.url(), Duration.ofSeconds(20), Duration.ofSeconds(20), 8);
    }

    /** Of a model at this address; makes nothing of this object. */
    abstract RemoteSettings settingsAt(String url);

    @AfterEach
    void close() throws Exception {
        server.close();
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    RemoteModel model(String url, Duration firstEvent, Duration gap, int connections) {
        return new RemoteModel(
                settingsAt(url),
                new ModelTimeouts(firstEvent, gap),
                connections,
                vertx,
                Clock.system(),
                timers);
    }

    static ModelRequest request(Duration deadline) {
        return request("Be kind.", List.of(new Prompt.Said("m1", true, "Hello")), deadline);
    }

    static ModelRequest request(String instructions, List<Prompt.Said> said, Duration deadline) {
        return new ModelRequest(
                new TurnId("t1"),
                1,
                1,
                new Prompt(instructions, said, 10),
                ModelOptions.NONE,
                Deadline.after(Clock.system(), deadline));
    }

    /** Starts a call on the loop. */
    ModelCall start(RemoteModel asked, ModelRequest request, ModelListener listener) {
        return onLoop(() -> asked.stream(request, listener));
    }

    ModelCall start(RemoteModel asked, ModelListener listener) {
        return start(asked, request(Duration.ofMinutes(1)), listener);
    }

    /** Asks and waits for the end. */
    Heard ask(RemoteModel asked, ModelRequest request) throws Exception {
        var heard = new Heard();
        start(asked, request, heard);
        heard.outcome();
        assertThat(heard.broken()).isEmpty();
        return heard;
    }

    /** Asks, answered so. */
    Heard ask(FakeAnswer answer) throws Exception {
        server.next(answer);
        return ask(model, request(Duration.ofMinutes(1)));
    }

    <T> T onLoop(java.util.concurrent.Callable<T> task) {
        var done = new CompletableFuture<T>();
        loop.runOnContext(
                now -> {
                    try {
                        done.complete(task.call());
                    } catch (Exception e) {
                        done.completeExceptionally(e);
                    }
                });
        return done.orTimeout(10, TimeUnit.SECONDS).join();
    }

    /** What was said to the loop before is done when this returns. */
    void settle() {
        onLoop(() -> true);
    }

    static ModelAnswer answer(Heard heard) {
        Outcome<ModelAnswer> outcome = heard.end.join();
        assertThat(outcome).isInstanceOf(Outcome.Ok.class);
        return ((Outcome.Ok<ModelAnswer>) outcome).value();
    }

    static String detail(Heard heard) {
        return ((Outcome.Failed<ModelAnswer>) heard.end.join()).detail();
    }
}
