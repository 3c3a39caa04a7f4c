package dev.loadline.context;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Agent;
import dev.loadline.core.ContextReport.Source;
import dev.loadline.core.Deadline;
import dev.loadline.core.ManualTime;
import dev.loadline.core.Principal;
import dev.loadline.core.Prompt;
import dev.loadline.core.TurnId;
import dev.loadline.core.WorkClass;
import dev.loadline.guard.Guards;
import dev.loadline.guard.ScriptedGuard;
import dev.loadline.model.FakeAnswer;
import dev.loadline.model.FakeOpenAi;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;

import org.junit.jupiter.api.AfterEach;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * A server that is a context source, a loop that assembles prompts with it, a guard by script, and
 * time that only the test moves (on the loop).
 */
abstract class SourceWorld {
    static final Principal ANN = new Principal("acme", "ann");

    final FakeOpenAi server = FakeOpenAi.start();
    final ScriptedGuard guard = new ScriptedGuard("source:crm");
    final ManualTime time = new ManualTime();
    private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2));
    private final Context loop = vertx.getOrCreateContext();
    final Agent.HttpSource crm =
            Agents.source("crm", server.url() + "/context?team=a%20b", 500, 0, false);
    private ContextService service;
    private Agent agent;

    SourceWorld() {
        open(crm);
    }

    /** From now on the agent has these. */
    final void open(Agent.HttpSource... all) {
        open(ScriptedGuard.guards(guard), List.of(all));
    }

    final void open(Guards guards, List<Agent.HttpSource> all) {
        agent = Agents.with("Be kind.", 4000, all);
        Sources sources = Sources.open(vertx, time, time, guards, List.of(agent));
        service =
                new ContextService(
                        String::length, time, Worker.inline(), (by, report) -> {}, sources);
    }

    @AfterEach
    void close() throws Exception {
        server.close();
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    static FakeAnswer items(String... texts) {
        var json = new StringBuilder("{\"items\":[");
        for (int i = 0; i < texts.length; i++)
            json.append(i == 0 ? "" : ",")
                    .append("{\"id\":\"i" + i + "\",\"text\":" + FakeAnswer.quoted(texts[i]) + "}");
        return FakeAnswer.status(200, json + "],\"took\":3}");
    }

    static Asking asking(Principal principal, String query, ManualTime time) {
        return new Asking(
                new TurnId("t1"),
                principal,
                "c1",
                query,
                WorkClass.INTERACTIVE,
                Deadline.after(time, Duration.ofMinutes(5)));
    }

    Future<ContextTask.Answer> begin(String query) {
        return begin(ANN, query);
    }

    Future<ContextTask.Answer> begin(Principal principal, String query) {
        return onLoop(() -> beginHere(principal, query));
    }

    /** Likewise, on the loop. */
    Future<ContextTask.Answer> beginHere(Principal principal, String query) {
        return service.handle(
                new ContextTask.Assemble(
                        agent,
                        1,
                        List.of(),
                        List.of(new Prompt.Said("m1", true, query)),
                        "",
                        asking(principal, query, time)),
                null);
    }

    static ContextTask.Answer.Assembled made(Future<ContextTask.Answer> answer) {
        try {
            return (ContextTask.Answer.Assembled)
                    answer.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException known
                    ? known
                    : new IllegalStateException(e);
        } catch (InterruptedException | TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }

    static Source crm(ContextTask.Answer.Assembled made) {
        Source source = made.report().sources().get(1);
        assertThat(source.name()).isEqualTo("crm");
        return source;
    }

    void advance(Duration by) {
        onLoop(
                () -> {
                    time.advance(by);
                    return true;
                });
    }

    <T> T onLoop(Callable<T> task) {
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

    static void until(String what, BooleanSupplier holds) {
        long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() - end > 0) throw new AssertionError("never: " + what);
            LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
        }
    }
}
