package dev.loadline.e2e;

import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordingFile;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How long the event loops of this process are held by one task, or by what one socket has sent, as
 * the JVM's method tracing tells; only what takes a millisecond is seen.
 */
final class LoopTasks implements AutoCloseable {
    private static final String TASK = "io.netty.util.concurrent.AbstractEventExecutor::runTask";
    private static final String READ = "io.netty.channel.nio.NioIoHandler::processSelectedKey";
    private static final Duration SEEN = Duration.ofMillis(1);
    private static final Duration SAMPLES = Duration.ofMillis(5);
    private static final Duration KEPT = Duration.ofMinutes(2);
    private static final int FRAMES = 6;

    /** One run of the work that was measured. */
    record Run(Instant from, Instant to, double longestMs, String where) {}

    private final Recording recording = new Recording();

    LoopTasks() {
        recording.enable("jdk.MethodTrace").with("filter", TASK + ";" + READ).withThreshold(SEEN);
        recording.enable("jdk.ExecutionSample").withPeriod(SAMPLES);
        recording.setMaxAge(KEPT);
        recording.start();
    }

    /** Runs the work so often, one run after the other. */
    List<Run> measure(int times, Runnable work) {
        List<Instant> marks = new ArrayList<>();
        marks.add(Instant.now());
        for (int i = 0; i < times; i++) {
            work.run();
            marks.add(Instant.now());
        }
        List<RecordedEvent> events = events(marks.getFirst());
        List<Run> runs = new ArrayList<>();
        for (int i = 0; i < times; i++) runs.add(run(events, marks.get(i), marks.get(i + 1)));
        return runs;
    }

    private List<RecordedEvent> events(Instant since) {
        try {
            Path file = Files.createTempFile("tasks", ".jfr");
            try {
                recording.dump(file);
                return RecordingFile.readAllEvents(file).stream()
                        .filter(event -> !event.getStartTime().isBefore(since))
                        .filter(event -> thread(event).startsWith("vert.x-eventloop"))
                        .toList();
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Run run(List<RecordedEvent> events, Instant from, Instant to) {
        RecordedEvent longest = null;
        for (RecordedEvent event : events) {
            if (!event.getEventType().getName().equals("jdk.MethodTrace")) continue;
            if (event.getStartTime().isBefore(from) || event.getStartTime().isAfter(to)) continue;
            if (longest == null || event.getDuration().compareTo(longest.getDuration()) > 0)
                longest = event;
        }
        if (longest == null) return new Run(from, to, 0, "");
        return new Run(from, to, longest.getDuration().toNanos() / 1e6, where(events, longest));
    }

    /** What its thread was seen in meanwhile, and how often. */
    private static String where(List<RecordedEvent> events, RecordedEvent task) {
        Map<String, Integer> seen = new TreeMap<>();
        for (RecordedEvent event : events) {
            if (!event.getEventType().getName().equals("jdk.ExecutionSample")) continue;
            if (!thread(event).equals(thread(task))) continue;
            if (event.getStartTime().isBefore(task.getStartTime())
                    || event.getStartTime().isAfter(task.getEndTime())) continue;
            seen.merge(frames(event), 1, Integer::sum);
        }
        return seen.toString();
    }

    private static String frames(RecordedEvent sample) {
        if (sample.getStackTrace() == null) return "?";
        List<String> frames = new ArrayList<>();
        for (RecordedFrame frame : sample.getStackTrace().getFrames()) {
            String type = frame.getMethod().getType().getName();
            boolean ours = type.startsWith("dev.loadline");
            if (frames.isEmpty() || ours)
                frames.add(
                        type.substring(type.lastIndexOf('.') + 1)
                                + "."
                                + frame.getMethod().getName());
            if (frames.size() == FRAMES) break;
        }
        return String.join(" < ", frames);
    }

    /** Executions are sampled by a thread of the JVM: whose they are stands in them. */
    private static String thread(RecordedEvent event) {
        String field = event.hasField("sampledThread") ? "sampledThread" : "eventThread";
        var thread = event.getThread(field);
        return thread == null || thread.getJavaName() == null ? "" : thread.getJavaName();
    }

    @Override
    public void close() {
        recording.close();
    }
}
