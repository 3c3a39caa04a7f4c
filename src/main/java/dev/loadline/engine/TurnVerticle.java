package dev.loadline.engine;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;

import org.jspecify.annotations.Nullable;

import java.util.function.IntSupplier;

/** The turns of one event loop, at the address {@code turn.<loop>}. One instance per loop. */
public final class TurnVerticle extends VerticleBase {
    private final NodeLife life;
    private final IntSupplier loopHere;
    private NodeLife.@Nullable OpenLoop open;

    /**
     * @param loopHere the number of the event loop that asks
     */
    public TurnVerticle(NodeLife life, IntSupplier loopHere) {
        this.life = life;
        this.loopHere = loopHere;
    }

    @Override
    public Future<?> start() {
        open = life.openLoop(loopHere.getAsInt());
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        return open == null ? Future.succeededFuture() : open.close();
    }
}
