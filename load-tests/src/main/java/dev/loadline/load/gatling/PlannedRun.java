package dev.loadline.load.gatling;

import static io.gatling.javaapi.core.CoreDsl.atOnceUsers;
import static io.gatling.javaapi.core.CoreDsl.bodyString;
import static io.gatling.javaapi.core.CoreDsl.exec;
import static io.gatling.javaapi.core.CoreDsl.pause;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.http;

import dev.loadline.load.plan.Arrival;
import dev.loadline.load.plan.Attempts;
import dev.loadline.load.plan.Plan;
import dev.loadline.load.process.LoadlineConfig;

import io.gatling.javaapi.core.ChainBuilder;
import io.gatling.javaapi.core.CheckBuilder;
import io.gatling.javaapi.core.PopulationBuilder;
import io.gatling.javaapi.core.Session;
import io.gatling.javaapi.http.HttpProtocolBuilder;
import io.vertx.core.json.JsonObject;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * What every simulation does with its plan. The run's zero is set when all virtual users are there,
 * and each sleeps until its arrival is due: so due times are the plan's, never those of an
 * injection profile, and who is late is seen to be late.
 */
public final class PlannedRun {
    /** The session's attributes for expressions: {@code #{url}, #{conversation}, #{key} …}. */
    private static final String ASKING = "asking";

    private static final Duration TO_GET_READY = Duration.ofSeconds(2); // more than any "before"
    private static final Duration TO_END = Duration.ofSeconds(240); // more than any answer

    private final Plan plan;
    private final Path records;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicLong zeroNanos = new AtomicLong();
    private final Queue<Asking> begun = new ConcurrentLinkedQueue<>();

    private PlannedRun(Plan plan, Path records) {
        this.plan = plan;
        this.records = records;
        Conversations.make(plan);
    }

    /** That of this process; makes the plan's conversations. */
    public static PlannedRun open() {
        return new PlannedRun(
                Plan.read(Path.of(System.getProperty(Generator.PLAN))),
                Path.of(System.getProperty(Generator.RECORDS)));
    }

    /** Connections are shared, as clients share theirs; nothing is cached or followed. */
    public HttpProtocolBuilder protocol() {
        return http.shareConnections()
                .disableCaching()
                .disableFollowRedirect()
                .disableWarmUp()
                .contentTypeHeader("application/json")
                .authorizationHeader(session -> "Bearer " + session.getString("token"));
    }

    /** One virtual user for each arrival does this when it is due. */
    public PopulationBuilder whenDue(ChainBuilder ask) {
        return afterPreparing(exec(session -> session), Duration.ZERO, ask);
    }

    /**
     * One virtual user for each arrival does one thing so long before it is due (to connect, say),
     * and the other when it is.
     */
    public PopulationBuilder afterPreparing(
            ChainBuilder prepare, Duration before, ChainBuilder ask) {
        return scenario("plan")
                .rendezVous(plan.arrivals().size())
                .exec(this::takeOne)
                .exec(sleepUntilDue(before))
                .exec(prepare)
                .exec(sleepUntilDue(Duration.ZERO))
                .exec(told(Asking::started))
                .exec(ask)
                .injectOpen(atOnceUsers(plan.arrivals().size()));
    }

    /** From zero to the last due time. */
    public Duration length() {
        return plan.length();
    }

    /** Sleeps until so long after the arrival was due. */
    public static ChainBuilder pauseUntil(Duration after) {
        return exec(sleepUntilDue(after.negated()));
    }

    /** Longer than this no run takes. */
    public Duration atMost() {
        return plan.length().plus(TO_END);
    }

    /** What this virtual user carries out. */
    public static Asking asking(Session session) {
        return session.<Asking>get(ASKING);
    }

    /**
     * Matches the last of the events that answer a message, and tells {@link Asking} of all of them
     * as they come: for {@code matching} of a check of events or frames.
     */
    public static CheckBuilder lastEvent() {
        return bodyString()
                .transformWithSession((event, session) -> asking(session).heard(event))
                .is(true);
    }

    /** Right before a message is sent. */
    public static ChainBuilder sending() {
        return told(Asking::sent);
    }

    /** The end of what a virtual user does: what is not over by now is broken. */
    public static ChainBuilder ending() {
        return told(asking -> asking.over("broken"));
    }

    private static ChainBuilder told(Consumer<Asking> what) {
        return exec(
                session -> {
                    what.accept(asking(session));
                    return session;
                });
    }

    /** To be called from the simulation's {@code after}. */
    public void write() {
        begun.forEach(asking -> asking.over("not over at the end"));
        new Attempts(zero(), begun.stream().map(Asking::attempt).toList()).write(records);
    }

    /** The members of a submission that are the same for every door. */
    static String body(Session session) {
        return new JsonObject()
                .put("text", session.getString("text"))
                .put("key", session.getString("key"))
                .encode();
    }

    private Session takeOne(Session session) {
        Arrival arrival = plan.arrivals().get(next.getAndIncrement());
        Asking asking = new Asking(arrival, zero());
        begun.add(asking);
        return session.set(ASKING, asking)
                .set("url", arrival.url())
                .set("ws", arrival.url().replaceFirst("^http", "ws"))
                .set("conversation", arrival.conversation())
                .set("key", arrival.key())
                .set("text", arrival.text())
                .set("token", LoadlineConfig.keyOf(arrival.principal()));
    }

    /** Set by the first one who asks, when all are there. */
    private long zero() {
        Duration ahead = TO_GET_READY.plus(plan.lead());
        if (zeroNanos.compareAndSet(0, System.nanoTime() + ahead.toNanos()))
            System.out.println("zero " + zeroNanos.get());
        return zeroNanos.get();
    }

    /** Gatling sleeps in whole milliseconds. */
    private static List<ChainBuilder> sleepUntilDue(Duration before) {
        return List.of(
                pause(
                        session -> {
                            Asking asking = asking(session);
                            long due = asking.arrival().dueMicros() - before.toNanos() / 1000;
                            long millis = Math.ceilDiv(asking.nanosUntil(due), 1_000_000);
                            return Duration.ofMillis(Math.max(0, millis));
                        }));
    }
}
