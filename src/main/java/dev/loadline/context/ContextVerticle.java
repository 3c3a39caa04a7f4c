package dev.loadline.context;

import dev.loadline.mailbox.Bus;
import dev.loadline.mailbox.Mailbox;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;

import org.jspecify.annotations.Nullable;

/**
 * Serves the address {@code context} on its event loop. All instances of a node share one mailbox,
 * or its bounds would add up.
 */
public final class ContextVerticle extends VerticleBase {
    public static final String ADDRESS = "context";

    private final Bus bus; // any thread
    private final Mailbox<ContextTask, ContextTask.Answer> mailbox; // any thread
    private Bus.@Nullable Served served; // this loop

    public ContextVerticle(Bus bus, Mailbox<ContextTask, ContextTask.Answer> mailbox) {
        this.bus = bus;
        this.mailbox = mailbox;
    }

    @Override
    public Future<?> start() {
        served = bus.serve(ADDRESS, mailbox);
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        return served == null ? Future.succeededFuture() : served.end();
    }
}
