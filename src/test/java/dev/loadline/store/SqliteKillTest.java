package dev.loadline.store;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;

/**
 * Goal: what was acknowledged is there after {@code kill -9}. Method: another process writes and
 * prints what was acknowledged; it is killed after a random number of lines, and the file opened
 * here. (That a power cut loses nothing either rests on synchronous=FULL, which {@link
 * SqliteOpenTest} reads back: no kill can tell.)
 */
class SqliteKillTest extends SqliteFixture {
    @Test
    void every_acknowledged_row_is_there() throws IOException {
        open();
        now(db.close());
        var acknowledged = new HashSet<String>();
        long seed = System.nanoTime();
        var random = new Random(seed);
        for (int life = 0; life < 3; life++) {
            Process process = SecondProcess.start("life" + life, file());
            int lines = 200 + random.nextInt(3000);
            Set<String> seen = killedAfter(process, lines);
            assertThat(seen).as("seed %d", seed).hasSizeGreaterThanOrEqualTo(lines);
            acknowledged.addAll(seen);
            db = SqliteDb.open(settings(1024, 0), clock);
            assertThat(names()).as("seed %d", seed).containsAll(acknowledged);
            Rows check = now(db.read(tx -> tx.run("PRAGMA quick_check")));
            assertThat(check.first().text(0)).isEqualTo("ok");
            now(db.close());
        }
    }

    private static Set<String> killedAfter(Process process, int lines) throws IOException {
        var seen = new HashSet<String>();
        try (var out =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            String line = out.readLine();
            while (line != null) {
                seen.add(line);
                // By its handle: the process itself would close the stream that we still read.
                if (seen.size() == lines) process.toHandle().destroyForcibly();
                line = out.readLine();
            }
        } finally {
            process.destroyForcibly();
        }
        return seen;
    }
}
