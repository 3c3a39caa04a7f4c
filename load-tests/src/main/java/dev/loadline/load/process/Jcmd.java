package dev.loadline.load.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The JDK's tool that asks a running JVM. */
final class Jcmd {
    private static final Pattern TOTAL = Pattern.compile("(?m)^Total\\s+\\d+\\s+(\\d+)");

    private Jcmd() {}

    /** The histogram counts what lives, after a full collection that it does itself. */
    static long heapAfterCollection(long pid) {
        run(pid, "GC.run");
        Matcher total = TOTAL.matcher(run(pid, "GC.class_histogram"));
        if (!total.find()) throw new IllegalStateException("no total in the class histogram");
        return Long.parseLong(total.group(1));
    }

    static String run(long pid, String command) {
        String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
        try {
            Process process =
                    new ProcessBuilder(jcmd, Long.toString(pid), command)
                            .redirectErrorStream(true)
                            .start();
            String said = new String(process.getInputStream().readAllBytes());
            if (process.waitFor() != 0) throw new IllegalStateException(said);
            return said;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
