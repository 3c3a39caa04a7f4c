package dev.loadline.store;

import dev.loadline.core.Clock;
import dev.loadline.core.WorkClass;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Another JVM on a database: tries to open it, or writes numbered rows and prints each number once
 * it is acknowledged, until it is killed.
 */
final class SecondProcess {
    private SecondProcess() {}

    static Process start(String what, Path file) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-Xmx256m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        SecondProcess.class.getName(),
                        what,
                        file.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /** What it says of opening this file. */
    static String opening(Path file) throws IOException {
        Process process = start("open", file);
        try {
            String said =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(20, TimeUnit.SECONDS)) throw new AssertionError("hangs");
            return said;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        } finally {
            process.destroyForcibly();
        }
    }

    public static void main(String[] args) throws InterruptedException {
        Path file = Path.of(args[1]);
        if (args[0].equals("open")) open(file);
        else write(file, args[0]);
    }

    private static void open(Path file) {
        try {
            DbContract.now(SqliteDb.open(SqliteSettings.of(file), Clock.system()).close());
            System.out.println("OPENED");
        } catch (StoreFailure refused) {
            System.out.println("REFUSED " + refused.getMessage());
        }
    }

    private static void write(Path file, String life) throws InterruptedException {
        SqliteDb db = SqliteDb.open(SqliteSettings.of(file), Clock.system());
        var room = new java.util.concurrent.Semaphore(64);
        for (int i = 0; ; i++) {
            String name = life + ":" + i;
            room.acquire();
            db.write(WorkClass.INTERACTIVE, tx -> tx.run(DbContract.PUT, name, 0L))
                    .onComplete(
                            done -> {
                                room.release();
                                if (done.succeeded()) {
                                    System.out.println(name);
                                    System.out.flush();
                                }
                            });
        }
    }
}
