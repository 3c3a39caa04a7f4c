package dev.loadline.app;

import dev.loadline.telemetry.LoopLag;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;

import org.jspecify.annotations.Nullable;

/** Measures the lag of one event loop. */
final class LagVerticle extends VerticleBase {
    private final Ground ground;
    private @Nullable LoopLag lag;

    LagVerticle(Ground ground) {
        this.ground = ground;
    }

    @Override
    public Future<?> start() {
        LoopLag probe =
                LoopLag.start(ground.clock(), ground.timers(), ground.telemetry().metrics());
        ground.telemetry().watch(probe);
        lag = probe;
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        if (lag != null) lag.stop();
        return Future.succeededFuture();
    }
}
