package dev.loadline.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** What the WebSockets of a node did. Any thread. */
public final class SocketMeter {
    private static final String OTHER = "other";

    /** 1006: lost without a close. */
    private static final List<Integer> CODES =
            List.of(1000, 1001, 1005, 1006, 1011, 4400, 4401, 4408, 4413, 4429);

    private final AtomicInteger open = new AtomicInteger();
    private final Map<String, Counter> closes = new HashMap<>(); // complete from the start

    SocketMeter(MeterRegistry registry) {
        Gauge.builder("loadline.sockets", open::get)
                .description("Open WebSockets")
                .register(registry);
        for (int code : CODES) closes.put(Integer.toString(code), counter(registry, code + ""));
        closes.put(OTHER, counter(registry, OTHER));
    }

    private static Counter counter(MeterRegistry registry, String code) {
        return Counter.builder("loadline.socket.closes")
                .description("WebSockets that ended, by close code; 1006: lost")
                .tags("code", code)
                .register(registry);
    }

    /** How many are open. */
    public int open() {
        return open.get();
    }

    public void opened() {
        open.incrementAndGet();
    }

    /**
     * To be told once of each that was opened.
     *
     * @param code of whoever closed first
     */
    public void closed(int code) {
        open.decrementAndGet();
        Counter known = closes.get(Integer.toString(code));
        if (known == null) known = closes.get(OTHER);
        if (known != null) known.increment();
    }
}
