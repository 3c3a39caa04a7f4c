package dev.loadline.transport;

import dev.loadline.core.Clock;
import dev.loadline.core.Ids;
import dev.loadline.engine.Quotas;
import dev.loadline.telemetry.Metrics;
import dev.loadline.telemetry.Reading;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/** The doors on a real port before a {@link FakeTurns}, with manual time. */
final class TestServer implements AutoCloseable {
    record Flow(int level, List<Integer> lags) {}

    final Vertx vertx = Vertx.vertx();
    final ManualTime time = new ManualTime();
    final FakeTurns turns = new FakeTurns(vertx);
    final TransportParts parts;
    final FakeOperations operations = new FakeOperations();
    final StreamCounts counts = new StreamCounts();
    final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    final Metrics metrics = new Metrics(registry, Metrics.Known.NOTHING);
    final List<TransportVerticle> loops = new CopyOnWriteArrayList<>();
    volatile boolean ready = true;
    volatile boolean draining;

    /** The share of the memory that is said to be in use. */
    volatile double memory;

    final int port;

    TestServer() {
        this(ServerPolicy.DEFAULT, 1);
    }

    TestServer(ServerPolicy policy, int instances) {
        this(policy, instances, Authenticator.everyone(), time -> Quotas.none(), null);
    }

    TestServer(
            ServerPolicy policy,
            int instances,
            Authenticator authenticator,
            Function<Clock, Quotas> quotas) {
        this(policy, instances, authenticator, quotas, null);
    }

    TestServer(ServerPolicy policy, int instances, Authenticator authenticator, Quotas quotas) {
        this(policy, instances, authenticator, time -> quotas, null);
    }

    /**
     * @param tls null: plain HTTP
     */
    TestServer(ServerPolicy policy, int instances, Tls tls) {
        this(policy, instances, Authenticator.everyone(), time -> Quotas.none(), tls);
    }

    private TestServer(
            ServerPolicy policy,
            int instances,
            Authenticator authenticator,
            Function<Clock, Quotas> quotas,
            Tls tls) {
        parts =
                new TransportParts(
                        turns,
                        policy.at("127.0.0.1", 0),
                        authenticator,
                        quotas.apply(time),
                        time,
                        time,
                        new Ids(new Random(1)),
                        new Random(1),
                        "n1",
                        List.of(new Reading("load", () -> new Flow(0, List.of(1)))),
                        operations,
                        () -> "loadline_active_turns 0\n",
                        () -> ready,
                        () -> draining,
                        counts,
                        metrics,
                        () -> memory,
                        tls);
        await(
                vertx.deployVerticle(
                        () -> {
                            var loop = new TransportVerticle(parts);
                            loops.add(loop);
                            return loop;
                        },
                        new DeploymentOptions().setInstances(instances)));
        port = loops.getFirst().port();
    }

    Wire wire() {
        return Wire.to(port);
    }

    /** Waits for what other threads bring about. */
    static void until(BooleanSupplier holds) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() > end) throw new AssertionError("it did not come to be in 10 s");
            Thread.onSpinWait();
        }
    }

    static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
        } catch (java.util.concurrent.ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        await(vertx.close());
    }
}
