package dev.loadline.app;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.EventExecutor;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.VertxInternal;

import java.util.ArrayList;
import java.util.List;

/**
 * A probe of the lag on every event loop. It is put on the loops themselves: the instances of a
 * verticle are dealt out to the loops one after the other, but so is whatever else starts
 * meanwhile, so they do not reach each loop for certain.
 */
final class LoopProbes {
    private LoopProbes() {}

    /** Completes when all are at work; they end with Vert.x. */
    static Future<?> start(Ground ground, Loops loops) {
        VertxInternal vertx = (VertxInternal) ground.vertx();
        List<Future<?>> begun = new ArrayList<>();
        for (EventExecutor each : vertx.nettyEventLoopGroup()) {
            Promise<Void> one = Promise.promise();
            var loop = vertx.contextBuilder().withEventLoop((EventLoop) each).build();
            loop.runOnContext(
                    on -> {
                        ground.telemetry().probe(loops.here(), ground.timers());
                        one.complete();
                    });
            begun.add(one.future());
        }
        return Future.all(begun);
    }
}
