package dev.loadline.guard;

import dev.loadline.core.Chance;
import dev.loadline.core.Json;

import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * News over the event bus: a text of JSON to all, and what comes from oneself is not heard. Times
 * go as what remains of them, since no two nodes' clocks agree; on the way they only get too long
 * by the way itself.
 */
final class BusNews implements News {
    static final String TOPIC = "cluster.health";

    private static final Logger LOG = LoggerFactory.getLogger(BusNews.class);
    private static final String GATE = "gate_closed";
    private static final String BREAKER = "breaker_opened";

    /**
     * The wire between nodes.
     *
     * @param name of a limit group or a dependency
     */
    private record Notice(
            @Nullable String from,
            @Nullable String what,
            @Nullable String name,
            @Nullable Reason reason,
            @Nullable Long leftMs) {}

    private final Vertx vertx;
    private final String self = Long.toHexString(Chance.secure().nextLong());

    BusNews(Vertx vertx) {
        this.vertx = vertx;
    }

    @Override
    public void tell(Item item) {
        var notice =
                switch (item) {
                    case GateClosed(var group, var reason, var left) ->
                            new Notice(self, GATE, group, reason, left.toMillis());
                    case BreakerOpened(var dependency) ->
                            new Notice(self, BREAKER, dependency, null, null);
                };
        vertx.eventBus().publish(TOPIC, Json.write(notice));
    }

    @Override
    public void hear(Consumer<Item> listener) {
        vertx.eventBus().<Object>consumer(TOPIC, message -> heard(message, listener));
    }

    private void heard(Message<Object> message, Consumer<Item> listener) {
        Item item;
        try {
            Notice notice = Json.read(String.valueOf(message.body()), Notice.class);
            if (notice == null || self.equals(notice.from())) return;
            item = item(notice);
        } catch (IllegalStateException garbage) {
            LOG.warn("news from another node that nobody can read: {}", garbage.getMessage());
            return;
        }
        if (item != null) listener.accept(item);
    }

    /** Null: of a newer version, or too old to be of use. */
    private static @Nullable Item item(Notice notice) {
        if (notice.name() == null) return null;
        return switch (Objects.requireNonNullElse(notice.what(), "")) {
            case BREAKER -> new BreakerOpened(notice.name());
            case GATE -> {
                if (notice.leftMs() == null || notice.leftMs() <= 0) yield null;
                Reason reason =
                        notice.reason() == Reason.EXHAUSTED
                                ? Reason.EXHAUSTED
                                : Reason.RATE_LIMITED;
                yield new GateClosed(notice.name(), reason, Duration.ofMillis(notice.leftMs()));
            }
            default -> null;
        };
    }
}
