package dev.loadline.app.settings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Agent;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;

/** Goal: context sources arrive as they are written. Method: a file, compared with records. */
class SourceSettingsTest {
    @TempDir Path directory;
    private Reading reading;

    @BeforeEach
    void inAnEmptyDirectory() {
        reading = new Reading(directory);
    }

    @Test
    void context_sources_are_read_and_two_agents_may_ask_the_same_one() {
        reading.with(
                Reading.MAIN,
                """
                agents:
                  one:
                    context:
                      sources:
                        - { name: crm, kind: http, url: "https://crm.example/context?team=a%20b" }
                  two:
                    context:
                      sources:
                        - { name: stock, url: "http://127.0.0.1:9095", normal: 40ms, max: 800,
                            priority: -5, critical: true }
                        - { name: crm, url: "https://crm.example/context?team=a%20b", max: 20 }
                """);
        URI crm = URI.create("https://crm.example/context?team=a%20b");
        var agents = reading.settings().agents();
        assertThat(agents.get("one").sources())
                .containsExactly(
                        new Agent.HttpSource("crm", crm, Duration.ofMillis(100), 1000, 0, false));
        assertThat(agents.get("two").sources())
                .containsExactly(
                        new Agent.HttpSource(
                                "stock",
                                URI.create("http://127.0.0.1:9095"),
                                Duration.ofMillis(40),
                                800,
                                -5,
                                true),
                        new Agent.HttpSource("crm", crm, Duration.ofMillis(100), 20, 0, false));
    }
}
