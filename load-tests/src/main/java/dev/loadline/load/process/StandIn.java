package dev.loadline.load.process;

import dev.loadline.load.standin.ModelStandIn;

import io.vertx.core.json.JsonObject;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/** The model stand-in's process. */
public final class StandIn implements AutoCloseable {
    private static final Pattern READY = Pattern.compile("ready (\\d+)");

    private final Child child;
    private final int port;
    private final Http http;

    private StandIn(Child child, int port) {
        this.child = child;
        this.port = port;
        this.http = new Http("http://127.0.0.1:" + port, "");
    }

    /** Starts one that serves at this port (0: any free one) on so many event loops. */
    public static StandIn start(Path directory, int port, int loops) {
        Child child =
                Child.ofClass(
                        "stand-in",
                        directory,
                        List.of("-Xmx1g"),
                        ModelStandIn.class,
                        Integer.toString(port),
                        Integer.toString(loops));
        return new StandIn(child, Integer.parseInt(child.awaitLine(READY).group(1)));
    }

    public int port() {
        return port;
    }

    /** As a provider of OpenAI's kind is configured. */
    public String url() {
        return "http://127.0.0.1:" + port + "/v1";
    }

    /** {@code calls, active, maxActive, aborted, tokens, distinct, groups}. */
    public JsonObject counts() {
        return http.get("/counts");
    }

    /** How often it was called, by the calls' keys. */
    public JsonObject callsByKey() {
        return http.get("/counts?keys=true").getJsonObject("keys");
    }

    /** Counts from here on anew. */
    public void reset() {
        http.text("POST", "/reset", "");
    }

    public Duration cpuTime() {
        return child.cpuTime();
    }

    @Override
    public void close() {
        child.terminate(Duration.ofSeconds(5));
    }
}
