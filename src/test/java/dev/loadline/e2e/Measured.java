package dev.loadline.e2e;

import com.sun.management.ThreadMXBean;

import io.netty.util.internal.PlatformDependent;

import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedMethod;
import jdk.jfr.consumer.RecordingFile;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** What the server costs: its event-loop threads, its memory, the tasks it runs. */
final class Measured {
    private Measured() {}

    /**
     * What all event loops of this process have used so far.
     *
     * @param bytes allocated on the heap
     * @param cpuNanos of processor time
     */
    record Loops(long bytes, long cpuNanos) {
        static Loops now() {
            var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long[] loops =
                    Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
                            .filter(
                                    one ->
                                            one != null
                                                    && one.getThreadName()
                                                            .startsWith("vert.x-eventloop"))
                            .mapToLong(one -> one.getThreadId())
                            .toArray();
            return new Loops(
                    Arrays.stream(threads.getThreadAllocatedBytes(loops)).sum(),
                    Arrays.stream(threads.getThreadCpuTime(loops)).sum());
        }

        Loops minus(Loops before) {
            return new Loops(bytes - before.bytes, cpuNanos - before.cpuNanos);
        }
    }

    /**
     * What is held, after forced collections.
     *
     * @param heap bytes in use
     * @param direct bytes of direct memory that are reserved, whether in use or pooled
     */
    record Memory(long heap, long direct) {
        static Memory now() {
            var memory = ManagementFactory.getMemoryMXBean();
            memory.gc();
            memory.gc();
            long buffers =
                    ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                            .filter(pool -> pool.getName().equals("direct"))
                            .mapToLong(BufferPoolMXBean::getMemoryUsed)
                            .sum();
            long netty = Math.max(0, PlatformDependent.usedDirectMemory());
            return new Memory(memory.getHeapMemoryUsage().getUsed(), Math.max(buffers, netty));
        }

        Memory minus(Memory before) {
            return new Memory(heap - before.heap, direct - before.direct);
        }

        long sum() {
            return heap + direct;
        }
    }

    /** How often a method ran, and how long it took at most. */
    record Timing(long calls, Duration longest) {}

    /** Counts, by the JVM's own instrumentation, how often methods are called during the work. */
    static Map<String, Timing> timings(List<String> methods, Runnable work) {
        try (var recording = new Recording()) {
            recording.enable("jdk.MethodTiming").with("filter", String.join(";", methods));
            recording.start();
            work.run();
            recording.stop();
            Path file = Files.createTempFile("timings", ".jfr");
            try {
                recording.dump(file);
                return read(file);
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** By {@code SimpleClass::method}; overloads by the one that was called most. */
    private static Map<String, Timing> read(Path file) throws IOException {
        Map<String, Timing> all = new TreeMap<>();
        for (RecordedEvent event : RecordingFile.readAllEvents(file)) {
            if (!event.getEventType().getName().equals("jdk.MethodTiming")) continue;
            RecordedMethod method = event.getValue("method");
            String type = method.getType().getName();
            String name = type.substring(type.lastIndexOf('.') + 1) + "::" + method.getName();
            var timing = new Timing(event.getLong("invocations"), event.getDuration("maximum"));
            all.merge(name, timing, (one, other) -> one.calls() > other.calls() ? one : other);
        }
        return all;
    }

    /** Waits for a condition that no future tells of. */
    static void await(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - end > 0) throw new AssertionError("never: " + what);
            LockSupport.parkNanos(Duration.ofMillis(2).toNanos());
        }
    }

    /** A line that a person copies into the books. */
    static void figure(String line) {
        System.out.println("FIGURE " + line);
    }
}
