package dev.loadline.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loadline.core.Clock;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;

/** Goal: settings become models that are found by name. Method: a registry of both kinds. */
class ModelsTest extends OpenAiWorld {
    @Test
    void makes_and_closes_a_model_of_each_setting() throws Exception {
        Models models =
                Models.open(
                        vertx,
                        Clock.system(),
                        timers,
                        4,
                        List.of(new RehearsalSettings("second"), settings(server.url())));
        assertThat(models.names()).containsExactly("second", "main");
        assertThat(models.get("second").rehearsal()).isTrue();
        LanguageModel main = models.get("main");
        assertThat(main.rehearsal()).isFalse();

        var heard = new Heard();
        onLoop(() -> main.stream(request(Duration.ofMinutes(1)), heard));
        assertThat(answer(heard(heard)).reason()).isEqualTo(ModelAnswer.Reason.STOP);
        assertThat(heard.text()).isEqualTo("Hello there!");

        assertThat(models.close().toCompletionStage().toCompletableFuture())
                .succeedsWithin(Duration.ofSeconds(10));
    }

    @Test
    void the_rehearsal_runs_on_the_calling_loop() throws Exception {
        Models models =
                Models.open(vertx, Clock.system(), timers, 1, List.of(new RehearsalSettings("r")));
        var heard = new Heard();
        Thread asking =
                onLoop(
                        () -> {
                            models.get("r").stream(request(Duration.ofMinutes(1)), heard);
                            return Thread.currentThread();
                        });
        assertThat(heard(heard).text()).contains("“Hello”");
        assertThat(heard.thread()).isSameAs(asking);
    }

    private static Heard heard(Heard heard) throws Exception {
        heard.outcome();
        assertThat(heard.broken()).isEmpty();
        return heard;
    }

    @Test
    void refuses_two_of_a_name_and_knows_no_strangers() {
        var one = new RehearsalModel(new RehearsalSettings("x"), Clock.system(), timers);
        assertThatThrownBy(() -> Models.of(List.of(one, one))).hasMessageContaining("'x'");
        assertThat(Models.of(List.of(one)).get("x")).isSameAs(one);
        assertThatThrownBy(() -> Models.of(List.of(one)).get("y"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'y'");
    }

    @Test
    void time_outs_follow_from_the_settings() {
        assertThat(timeouts(50)).isEqualTo(new ModelTimeouts(ofSeconds(120), ofSeconds(5)));
        assertThat(timeouts(500)).isEqualTo(new ModelTimeouts(ofSeconds(120), ofSeconds(10)));
        assertThat(timeouts(60_000)).isEqualTo(new ModelTimeouts(ofSeconds(120), ofSeconds(60)));
    }

    private static ModelTimeouts timeouts(int gapMs) {
        return ModelTimeouts.of(new ModelSettings.Normal(ofSeconds(1), Duration.ofMillis(gapMs)));
    }

    private static Duration ofSeconds(int seconds) {
        return Duration.ofSeconds(seconds);
    }
}
