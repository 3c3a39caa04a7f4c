package dev.loadline.app;

import dev.loadline.app.settings.Settings;
import dev.loadline.app.settings.TlsSettings;
import dev.loadline.core.Clock;
import dev.loadline.core.Ids;
import dev.loadline.core.Timers;
import dev.loadline.mailbox.Bus;
import dev.loadline.mailbox.VertxTimers;
import dev.loadline.store.MeasuredDb;
import dev.loadline.store.SqliteDb;
import dev.loadline.store.SqliteSettings;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.concurrent.atomic.AtomicBoolean;

/** What everything else stands on. */
record Ground(
        Clock clock,
        Ids ids,
        MeasuredDb db,
        Vertx vertx,
        int loopCount,
        Timers timers,
        Bus bus,
        Telemetry telemetry,
        @Nullable TlsFiles tls) {
    private static final Logger LOG = LoggerFactory.getLogger(Ground.class);

    /**
     * Opens the database and starts the event loops. Blocks.
     *
     * @throws dev.loadline.store.StoreFailure in words for the operator
     * @throws StartFault likewise
     */
    static Ground open(Settings settings, Clock clock) {
        int loops = VertxOptions.DEFAULT_EVENT_LOOP_POOL_SIZE;
        var telemetry = Telemetry.open(settings, clock, loops);
        TlsSettings files = settings.server().tls();
        TlsFiles tls = files == null ? null : TlsFiles.open(files, clock, telemetry.metrics());
        var store = SqliteSettings.of(settings.store().file());
        var db =
                new MeasuredDb(
                        SqliteDb.open(store, clock),
                        store,
                        clock,
                        telemetry.metrics().dependency(MeasuredDb.NAME));
        telemetry.metrics().dependency(MeasuredDb.NAME).watch(db);
        Vertx vertx = telemetry.vertx(new VertxOptions().setEventLoopPoolSize(loops));
        return new Ground(
                clock,
                Ids.secure(),
                db,
                vertx,
                loops,
                VertxTimers.on(vertx),
                Bus.on(vertx, clock),
                telemetry,
                tls);
    }

    /** Looks at the certificate's files from now on. */
    void watchTls() {
        if (tls == null) return;
        var looking = new AtomicBoolean(); // a disk that hangs is not asked again
        timers.every(
                TlsFiles.EVERY,
                () -> {
                    if (!looking.compareAndSet(false, true)) return;
                    telemetry.background().run(TlsFiles.OPERATION, () -> look(tls, looking));
                });
    }

    private Future<?> look(TlsFiles files, AtomicBoolean looking) {
        return vertx.executeBlocking(
                        () -> {
                            files.look();
                            return true;
                        },
                        false)
                .onComplete(looked -> looking.set(false));
    }

    /** After the last connection. */
    Future<?> closeTls() {
        if (tls != null) tls.tls().close();
        return Future.succeededFuture();
    }

    /** For a start that failed; what was opened is closed, whatever else happens. */
    void close() {
        Future.join(db.close(), vertx.close())
                .eventually(this::closeTls)
                .onFailure(why -> LOG.warn("closing after a failed start: {}", why.toString()));
    }
}
