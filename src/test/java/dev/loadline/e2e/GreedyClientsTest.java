package dev.loadline.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.loadline.transport.Wire;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Goal: clients that take all files of the process can't end the server, nor keep it from accepting
 * once they are gone. Method: a process of its own whose limit is lowered while it runs.
 */
class GreedyClientsTest {
    @TempDir Path directory;

    private final List<Wire> clients = new ArrayList<>();

    @AfterEach
    void close() {
        clients.forEach(Wire::close);
    }

    @Test
    void a_server_without_a_file_left_accepts_again_once_there_is_one() throws Exception {
        Path file = directory.resolve("loadline.yaml");
        Files.writeString(
                file,
                """
                server: { port: 0, limits: { connections: 1000 } }
                store: { url: "sqlite:%s/loadline.db" }
                models:
                  main: { provider: rehearsal }
                agents:
                  assistant: { model: main }
                """
                        .formatted(directory));
        try (var server = ServerProcess.serve(file)) {
            var api = new Api(server.port());
            assertThat(api.get("/api/me").status()).isEqualTo(200);
            assumeTrue(few(server.pid(), files(server.pid()) + 20), "prlimit is there");
            for (int i = 0; i < 40; i++) clients.add(Wire.to(server.port()));
            assertThat(clients.get(5).get("/api/me").answer().status()).isEqualTo(200);
            Wire last = clients.getLast().get("/api/me"); // the kernel has it
            for (Wire each : clients.subList(0, 30)) each.close();
            assertThat(last.answer().status()).isEqualTo(200);
            assertThat(api.get("/metrics").text())
                    .containsPattern(
                            "loadline_connections_refused_total\\{reason=\"descriptors\"\\} [1-9]");
        }
    }

    private static long files(long pid) throws IOException {
        try (var files = Files.list(Path.of("/proc", pid + "", "fd"))) {
            return files.count();
        }
    }

    private static boolean few(long pid, long files) throws InterruptedException {
        var limits = new ProcessBuilder("prlimit", "--pid", pid + "", "--nofile=" + files);
        try {
            Process set = limits.start();
            return set.waitFor(10, TimeUnit.SECONDS) && set.exitValue() == 0;
        } catch (IOException absent) {
            return false;
        }
    }
}
