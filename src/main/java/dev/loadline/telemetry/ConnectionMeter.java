package dev.loadline.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.DoubleSupplier;
import java.util.function.IntSupplier;

/** What the connections of a node were refused, and why they were ended by us. Any thread. */
public final class ConnectionMeter {
    /** Why a connection was closed as soon as it was accepted, or not accepted at all. */
    public enum Refusal {
        /** The node has as many as it may have. */
        NODE,
        /** Its address has as many as it may have. */
        ADDRESS,
        /** The process may open no more files: it stays with the kernel until some are closed. */
        DESCRIPTORS
    }

    /** Why a connection on which no answer was due was closed. */
    public enum Closing {
        /** The headers of a request did not arrive in time. */
        HEADER,
        /** It asked nothing for too long. */
        IDLE,
        /** It asked nothing for a while, and others need the room. */
        CROWDED
    }

    /** Why a reader that takes nothing was cut. */
    public enum Stall {
        /** It took nothing for too long. */
        IDLE,
        /** Memory was short, and it held much. */
        MEMORY
    }

    /** Who has as many streams as may be. */
    public enum Full {
        NODE,
        PRINCIPAL
    }

    private final Map<Refusal, Counter> refused = new EnumMap<>(Refusal.class);
    private final Map<Closing, Counter> closed = new EnumMap<>(Closing.class);
    private final Map<Stall, Counter> cut = new EnumMap<>(Stall.class);
    private final Map<Full, Counter> streamsRefused = new EnumMap<>(Full.class);
    private volatile IntSupplier open = () -> 0;
    private volatile DoubleSupplier memory = () -> 0;

    ConnectionMeter(MeterRegistry registry) {
        Gauge.builder("loadline.connections", () -> open.getAsInt())
                .description("Open connections, hand-shakes under way and WebSockets included")
                .register(registry);
        Gauge.builder("loadline.memory.used", () -> memory.getAsDouble())
                .description("Share of the scarcer of heap and direct memory that is in use")
                .register(registry);
        all(
                registry,
                "loadline.connections.refused",
                "Connections that were closed as soon as they were accepted, or had to wait",
                Refusal.values(),
                refused);
        all(
                registry,
                "loadline.connections.closed",
                "Connections without an answer due that the server has closed",
                Closing.values(),
                closed);
        all(
                registry,
                "loadline.stalled.readers.cut",
                "Readers that took nothing and were cut",
                Stall.values(),
                cut);
        all(
                registry,
                "loadline.streams.refused",
                "Streams and sockets too many, by whose bound",
                Full.values(),
                streamsRefused);
    }

    private static <E extends Enum<E>> void all(
            MeterRegistry registry, String name, String what, E[] reasons, Map<E, Counter> into) {
        for (E reason : reasons) {
            into.put(
                    reason,
                    Counter.builder(name)
                            .description(what)
                            .tags("reason", reason.name().toLowerCase(Locale.ROOT))
                            .register(registry));
        }
    }

    /** Whom to ask for {@code loadline_connections}; any thread, must not block. */
    public void watch(IntSupplier connections) {
        open = connections;
    }

    /** Whom to ask for {@code loadline_memory_used}; likewise. */
    public void watchMemory(DoubleSupplier share) {
        memory = share;
    }

    public void refused(Refusal why) {
        count(refused, why);
    }

    public void closed(Closing why) {
        count(closed, why);
    }

    public void cut(Stall why) {
        count(cut, why);
    }

    public void streamRefused(Full who) {
        count(streamsRefused, who);
    }

    private static <E extends Enum<E>> void count(Map<E, Counter> counters, E reason) {
        Counter known = counters.get(reason); // complete from the start
        if (known != null) known.increment();
    }
}
