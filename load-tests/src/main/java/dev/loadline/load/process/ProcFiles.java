package dev.loadline.load.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** What Linux says of a process. */
record ProcFiles(long pid) {
    private static final int USER_TICKS = 11;
    private static final int SYSTEM_TICKS = 12;
    private static final int THREADS = 17;
    private static final int TICK_MILLIS = 10;

    Duration cpuTime() {
        String[] fields = stat();
        long ticks = Long.parseLong(fields[USER_TICKS]) + Long.parseLong(fields[SYSTEM_TICKS]);
        return Duration.ofMillis(ticks * TICK_MILLIS);
    }

    int threads() {
        return Integer.parseInt(stat()[THREADS]);
    }

    /** The fields behind the name, which may have blanks in it. */
    private String[] stat() {
        try {
            String line = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
            return line.substring(line.lastIndexOf(')') + 2).split(" ");
        } catch (IOException e) {
            throw new UncheckedIOException("no process " + pid, e);
        }
    }
}
