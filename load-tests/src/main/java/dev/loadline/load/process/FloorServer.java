package dev.loadline.load.process;

import dev.loadline.load.floor.Floor;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/** The floor's process. */
public final class FloorServer implements AutoCloseable {
    private static final Pattern READY = Pattern.compile("ready (\\d+)");

    private final Child child;
    private final int port;

    private FloorServer(Child child, int port) {
        this.child = child;
        this.port = port;
    }

    /** Starts one before this stand-in. */
    public static FloorServer start(Path directory, StandIn standIn) {
        Child child =
                Child.ofClass(
                        "floor",
                        directory,
                        List.of("-Xmx2g"),
                        Floor.class,
                        Integer.toString(standIn.port()));
        return new FloorServer(child, Integer.parseInt(child.awaitLine(READY).group(1)));
    }

    public String url() {
        return "http://127.0.0.1:" + port;
    }

    public Duration cpuTime() {
        return child.cpuTime();
    }

    @Override
    public void close() {
        child.terminate(Duration.ofSeconds(5));
    }
}
