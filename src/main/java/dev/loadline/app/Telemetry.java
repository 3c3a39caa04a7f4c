package dev.loadline.app;

import dev.loadline.app.settings.Settings;
import dev.loadline.engine.TurnCounts;
import dev.loadline.telemetry.MailboxCounters;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;

/** Placeholder until metrics are in. */
final class Telemetry {
    static Telemetry open(Settings settings) {
        return new Telemetry();
    }

    Vertx vertx(VertxOptions options) {
        return Vertx.vertx(options);
    }

    MailboxCounters mailbox(String name) {
        return MailboxCounters.NONE;
    }

    TurnCounts turns() {
        return TurnCounts.none();
    }

    java.util.List<Double> loopLagMs() {
        return java.util.List.of();
    }

    String scrape() {
        return "";
    }
}
