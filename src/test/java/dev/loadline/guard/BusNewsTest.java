package dev.loadline.guard;

import static dev.loadline.guard.GuardedWorld.*;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Outcome;

import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * Goal: a limit that one node met holds for all, and a sick dependency makes the others watchful.
 * Method: two nodes, each on a Vert.x of its own, and a bridge that carries the texts between them.
 */
class BusNewsTest {
    private static final String BRIDGED = "bridged";

    private final Vertx here = Vertx.vertx();
    private final Vertx there = Vertx.vertx();
    private final BlockingQueue<News.Item> heardThere = new LinkedBlockingQueue<>();
    private final BlockingQueue<News.Item> heardHere = new LinkedBlockingQueue<>();
    private final GuardedWorld node = new GuardedWorld(listened(here, heardHere));
    private final GuardedWorld other = new GuardedWorld(listened(there, heardThere));

    BusNewsTest() {
        bridge(here, there);
        bridge(there, here);
    }

    @AfterEach
    void close() throws TimeoutException {
        here.close().await(5, TimeUnit.SECONDS);
        there.close().await(5, TimeUnit.SECONDS);
    }

    @Test
    void a_gate_that_closes_here_is_closed_there_for_what_remains() throws InterruptedException {
        node.call(MODEL, new Outcome.RateLimited<>(Duration.ofSeconds(3), "429"), 10);
        News.Item item = heardThere.poll(10, TimeUnit.SECONDS);
        assertThat(item).isInstanceOf(News.GateClosed.class);
        var closed = (News.GateClosed) item;
        assertThat(closed.limitGroup()).isEqualTo("provider");
        assertThat(closed.left()).isBetween(Duration.ofSeconds(3), Duration.ofMillis(3300));
        assertThat(waitsFor(other.askAt(SIBLING))).isEqualTo(Reason.RATE_LIMITED);
        assertThat(other.guard(SIBLING).reading().gateClosedForMs()).isBetween(2990L, 3630L);
        assertThat(heardHere).as("what it told itself, or was told back").isEmpty();
    }

    @Test
    void a_breaker_that_opens_here_stays_closed_there_and_needs_three_calls_to_open()
            throws InterruptedException {
        node.burst(10, SOURCE, DOWN, 10);
        assertThat(heardThere.poll(10, TimeUnit.SECONDS)).isEqualTo(new News.BreakerOpened(SOURCE));
        assertThat(other.breaker(SOURCE)).isEqualTo("closed");
        other.burst(3, SOURCE, DOWN, 10);
        assertThat(other.breaker(SOURCE)).isEqualTo("open");
    }

    @Test
    void what_nobody_can_read_changes_nothing_and_the_next_is_heard() throws InterruptedException {
        for (String text :
                List.of(
                        "not JSON",
                        "null",
                        "{}",
                        "{\"what\":\"gate_closed\",\"name\":\"provider\"}",
                        "{\"what\":\"gate_closed\",\"name\":\"provider\",\"leftMs\":-5}",
                        "{\"what\":\"of a newer version\",\"name\":\"provider\"}"))
            there.eventBus().publish(BusNews.TOPIC, text);
        there.eventBus()
                .publish(BusNews.TOPIC, "{\"what\":\"breaker_opened\",\"name\":\"nobody's\"}");
        assertThat(heardThere.poll(10, TimeUnit.SECONDS))
                .isEqualTo(new News.BreakerOpened("nobody's"));
        assertThat(other.guard(MODEL).room()).isEqualTo(64);
    }

    /** The guards hear first, then the test: once it knows, they do. */
    private static News listened(Vertx vertx, BlockingQueue<News.Item> heard) {
        News news = News.on(vertx);
        return new News() {
            @Override
            public void tell(Item item) {
                news.tell(item);
            }

            @Override
            public void hear(Consumer<Item> listener) {
                news.hear(
                        item -> {
                            listener.accept(item);
                            heard.add(item);
                        });
            }
        };
    }

    private static void bridge(Vertx from, Vertx to) {
        from.eventBus()
                .<String>consumer(
                        BusNews.TOPIC,
                        message -> {
                            if (message.headers().contains(BRIDGED)) return;
                            var options = new DeliveryOptions().addHeader(BRIDGED, "yes");
                            to.eventBus().publish(BusNews.TOPIC, message.body(), options);
                        });
    }
}
