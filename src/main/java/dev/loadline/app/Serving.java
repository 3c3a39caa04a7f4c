package dev.loadline.app;

import static java.util.stream.Collectors.joining;

import dev.loadline.app.settings.Settings;
import dev.loadline.store.StoreFailure;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.PrintWriter;
import java.net.BindException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** {@code loadline serve}: starts the server, says so, and waits until it is told to stop. */
final class Serving {
    private static final Logger LOG = LoggerFactory.getLogger(Serving.class);
    private static final Duration AFTER_GRACE = Duration.ofSeconds(5);
    private static final int FAULT = 1;
    private static final int KILLED = 143;

    private final Settings settings;
    private final Map<String, String> environment;
    private final PrintWriter out;
    private final PrintWriter err;
    private final CountDownLatch told = new CountDownLatch(1);
    private final AtomicBoolean stopping = new AtomicBoolean();

    Serving(Settings settings, Map<String, String> environment, PrintWriter out, PrintWriter err) {
        this.settings = settings;
        this.environment = environment;
        this.out = out;
        this.err = err;
    }

    /** Blocks until the server has ended; answers the exit code. */
    int run() throws InterruptedException {
        Loadline server;
        try {
            server =
                    Loadline.start(settings, environment)
                            .toCompletionStage()
                            .toCompletableFuture()
                            .get();
        } catch (StoreFailure | StartFault why) {
            return notStarted(why);
        } catch (ExecutionException e) {
            return notStarted(e.getCause() == null ? e : e.getCause());
        }
        Signals.onStop(this::stop);
        out.println(
                "Loadline "
                        + Cli.version()
                        + " serves "
                        + String.join(", ", settings.agents().keySet())
                        + " at "
                        + server.url()
                        + " (model: "
                        + server.models()
                        + server.particulars().stream().map(told -> "; " + told).collect(joining())
                        + ")");
        server.notices().forEach(line -> out.println("  " + line));
        out.flush();
        told.await();
        LOG.info("told to stop; running turns have {} to end", settings.server().drainGrace());
        haltLater();
        server.close().toCompletionStage().toCompletableFuture().join();
        LOG.info("stopped");
        return 0;
    }

    private int notStarted(Throwable why) {
        String words =
                why instanceof BindException
                        ? "the port "
                                + settings.server().port()
                                + " on "
                                + settings.server().host()
                                + " is taken; choose another with --port or server.port"
                        : why.getMessage();
        err.println("loadline: not started: " + words);
        return FAULT;
    }

    /** The first asks the server to end well; a second one ends it at once. */
    private void stop() {
        if (stopping.compareAndSet(false, true)) told.countDown();
        else Runtime.getRuntime().halt(KILLED);
    }

    /** Whatever hangs, the process is gone in the end. */
    private void haltLater() {
        Duration latest = settings.server().drainGrace().plus(AFTER_GRACE.multipliedBy(4));
        CompletableFuture.delayedExecutor(latest.toMillis(), TimeUnit.MILLISECONDS)
                .execute(
                        () -> {
                            LOG.error("shutting down took longer than {}; halting", latest);
                            Runtime.getRuntime().halt(FAULT);
                        });
    }
}
