package dev.loadline.load.scenario;

import dev.loadline.load.gatling.Generator;
import dev.loadline.load.process.ServerUnderTest;
import dev.loadline.load.process.StandIn;
import dev.loadline.load.report.Plot;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToDoubleFunction;

/** What the server and the model say of themselves while a run is on, ten times a second. */
final class Readings {
    private static final long EVERY_NANOS = Duration.ofMillis(100).toNanos();

    /**
     * One moment.
     *
     * @param micros from the run's zero, by when the model said it
     */
    record Reading(long micros, JsonObject model, JsonObject load) {
        /** Calls of the model that are under way, of one group. */
        int active(String group) {
            return model.getJsonObject("groups")
                    .getJsonObject(group, new JsonObject())
                    .getInteger("active", 0);
        }

        /** The mailbox of this name, as the server reads it; empty where there is none. */
        JsonObject mailbox(String name) {
            return load.getJsonArray("mailboxes", new JsonArray()).stream()
                    .map(JsonObject.class::cast)
                    .filter(box -> name.equals(box.getString("name")))
                    .findFirst()
                    .orElseGet(JsonObject::new);
        }
    }

    private final ServerUnderTest server;
    private final StandIn model;
    private final List<Reading> all = new ArrayList<>();

    Readings(ServerUnderTest server, StandIn model) {
        this.server = server;
        this.model = model;
    }

    /** Reads until this time of the run. A moment that was missed is not made up for. */
    void until(Generator generator, Duration end) {
        long zero = generator.zeroNanos();
        long due = System.nanoTime();
        while (due < zero + end.toNanos()) {
            LockSupport.parkNanos(due - System.nanoTime());
            if (System.nanoTime() < due) continue;
            long asked = System.nanoTime();
            JsonObject counts = model.counts();
            long answered = System.nanoTime();
            all.add(new Reading(((asked + answered) / 2 - zero) / 1000, counts, server.load()));
            long now = System.nanoTime();
            due += EVERY_NANOS * Math.max(1, Math.ceilDiv(now - due, EVERY_NANOS));
        }
    }

    /** Those between two times of the run. */
    List<Reading> between(Duration from, Duration to) {
        return all.stream()
                .filter(
                        one ->
                                one.micros >= from.toNanos() / 1000
                                        && one.micros < to.toNanos() / 1000)
                .toList();
    }

    /** One value of each moment, by seconds of the run. */
    List<Plot.Point> points(ToDoubleFunction<Reading> value) {
        return all.stream()
                .map(one -> new Plot.Point(one.micros / 1e6, value.applyAsDouble(one)))
                .toList();
    }
}
