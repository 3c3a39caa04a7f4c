package dev.loadline.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.core.Sha256;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;

/**
 * Goal: one tenant's bad prompts harm only him. Method: a model that refuses his with 400; another
 * tenant asks beside him, and there is nothing to fall back to.
 */
class BadTenantTest {
    private static final int EACH = 60;

    @Test
    void a_stream_of_400s_opens_no_breaker_for_the_others(@TempDir Path directory) {
        Behaviour picky =
                arrival ->
                        arrival.marker().startsWith("bad")
                                ? Reaction.refuses(400)
                                : Behaviour.spoken(arrival);
        try (FaultyUpstream model = FaultyUpstream.start(picky);
                DrillServer server =
                        DrillServer.start(
                                directory,
                                DrillServer.model("main", model, Duration.ofMillis(400)),
                                """
                                guard: { default: { concurrency: 64 } }
                                auth:
                                  keys:
                                    - { sha256: "%s", principal: ops/ops, roles: [operator] }
                                    - { sha256: "%s", principal: bad/joe }
                                    - { sha256: "%s", principal: good/ann }
                                """
                                        .formatted(
                                                Sha256.hex("ops"),
                                                Sha256.hex("joe"),
                                                Sha256.hex("ann")));
                Crowd joes = new Crowd(server.api().with("joe"));
                Crowd anns = new Crowd(server.api().with("ann"))) {
            Duration apart = Duration.ofMillis(25);
            List<Future<Told>> bad = joes.come("bad", EACH, apart);
            List<Future<Told>> good = anns.come("good", EACH, apart);
            assertThat(Crowd.told(good)).allMatch(Told::completed);
            assertThat(Crowd.told(bad)).extracting(Told::reason).containsOnly("model_refused ");
            assertThat(model.arrivals()).as("a 400 is never retried").hasSize(2 * EACH);
            JsonNode main = DrillServer.dependency(server.api().with("ops"), "model:main");
            assertThat(main.get("breaker").textValue()).isEqualTo("closed");
            assertThat(main.get("calls").get("rejected").longValue()).isEqualTo(EACH);
        }
    }
}
