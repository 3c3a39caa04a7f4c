package dev.loadline.app;

import dev.loadline.app.settings.Settings;
import dev.loadline.core.Clock;
import dev.loadline.core.Ids;
import dev.loadline.core.Timers;
import dev.loadline.mailbox.Bus;
import dev.loadline.mailbox.VertxTimers;
import dev.loadline.store.SqliteDb;
import dev.loadline.store.SqliteSettings;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What everything else stands on. */
record Ground(
        Clock clock,
        Ids ids,
        SqliteDb db,
        Vertx vertx,
        int loopCount,
        Timers timers,
        Bus bus,
        Telemetry telemetry) {
    private static final Logger LOG = LoggerFactory.getLogger(Ground.class);

    /**
     * Opens the database and starts the event loops. Blocks.
     *
     * @throws dev.loadline.store.StoreFailure in words for the operator
     */
    static Ground open(Settings settings) {
        Clock clock = Clock.system();
        SqliteDb db = SqliteDb.open(SqliteSettings.of(settings.store().file()), clock);
        var telemetry = Telemetry.open(settings, clock);
        int loops = VertxOptions.DEFAULT_EVENT_LOOP_POOL_SIZE;
        Vertx vertx = telemetry.vertx(new VertxOptions().setEventLoopPoolSize(loops));
        return new Ground(
                clock,
                Ids.secure(),
                db,
                vertx,
                loops,
                VertxTimers.on(vertx),
                Bus.on(vertx, clock),
                telemetry);
    }

    /** For a start that failed; what was opened is closed, whatever else happens. */
    void close() {
        Future.join(db.close(), vertx.close())
                .onFailure(why -> LOG.warn("closing after a failed start: {}", why.toString()));
    }
}
