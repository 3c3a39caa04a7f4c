package dev.loadline.guard;

import io.vertx.core.Vertx;

import java.time.Duration;
import java.util.function.Consumer;

/**
 * What the guards of a cluster's nodes tell each other. Lost news harm nobody: gates expire by
 * themselves. Any thread.
 */
public interface News {
    /** A piece of it. */
    sealed interface Item {}

    /** A limit group's gate is closed for so long from now. */
    record GateClosed(String limitGroup, Reason reason, Duration left) implements Item {}

    /** A breaker opened. */
    record BreakerOpened(String dependency) implements Item {}

    void tell(Item item);

    /** Of the other nodes only. */
    void hear(Consumer<Item> listener);

    /** Over the event bus, to and from every node of the cluster. */
    static News on(Vertx vertx) {
        return new BusNews(vertx);
    }

    /** Of a node that has no neighbours. */
    static News none() {
        return new News() {
            @Override
            public void tell(Item item) {}

            @Override
            public void hear(Consumer<Item> listener) {}
        };
    }
}
