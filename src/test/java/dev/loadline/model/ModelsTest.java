package dev.loadline.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loadline.core.Clock;
import dev.loadline.guard.DependencyKind;
import dev.loadline.guard.GuardPolicy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Duration;
import java.util.List;

/** Goal: settings become models that are found by name. Method: a registry of both kinds. */
class ModelsTest extends OpenAiWorld {
    @Test
    void makes_and_closes_a_model_of_each_setting() throws Exception {
        Models models = open(List.of(new RehearsalSettings("second"), settings(server.url())));
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
        Models models = open(List.of(new RehearsalSettings("r")));
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
        Guarding guarding = guarding(List.of(new RehearsalSettings("x")));
        assertThatThrownBy(() -> Models.of(List.of(one, one), guarding))
                .hasMessageContaining("'x'");
        Models models = Models.of(List.of(one), guarding(List.of(new RehearsalSettings("x"))));
        assertThat(models.get("x").name()).isEqualTo("x");
        assertThatThrownBy(() -> models.get("y"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'y'");
    }

    private Models open(List<? extends ModelSettings> all) {
        return Models.open(vertx, 4, all, guarding(all));
    }

    private Guarding guarding(List<? extends ModelSettings> all) {
        return GuardedWorlds.guarding(
                Clock.system(),
                timers,
                ModelGuards.policies(all, name -> GuardPolicy.Settings.DEFAULT));
    }

    @Test
    void a_model_is_guarded_by_its_settings() {
        GuardPolicy policy =
                ModelGuards.policies(
                                List.of(settings("https://api.example.com/v1")),
                                name -> new GuardPolicy.Settings(2, 0.2, name.length(), 100))
                        .getFirst();
        assertThat(policy.name()).isEqualTo("model:main");
        assertThat(policy.kind()).isEqualTo(DependencyKind.MODEL);
        assertThat(policy.critical()).isTrue();
        assertThat(policy.nearby()).isFalse();
        assertThat(policy.settings()).isEqualTo(new GuardPolicy.Settings(2, 0.2, 10, 100));
    }

    @Test
    void the_rehearsal_takes_as_many_calls_as_there_are_turns() {
        GuardPolicy policy =
                ModelGuards.policies(
                                List.of(new RehearsalSettings("r")),
                                name -> GuardPolicy.Settings.DEFAULT)
                        .getFirst();
        assertThat(policy.settings().concurrency()).isEqualTo(policy.settings().ceiling());
    }

    @ParameterizedTest
    @CsvSource({
        "http://localhost:11434/v1, true",
        "http://127.0.0.1:9, true",
        "http://[::1]:9/v1, true",
        "http://10.1.2.3, true",
        "http://172.31.0.1, true",
        "http://192.168.7.1:8000, true",
        "http://ollama:11434, true",
        "http://gpu.internal, true",
        "http://[fd00::1], true",
        "https://api.openai.com, false",
        "http://172.32.0.1, false",
        "http://11.0.0.1, false",
        "http://localhost.example.com, false",
        "http://[2001:db8::1], false"
    })
    void a_model_on_a_private_network_is_nearby(String url, boolean nearby) {
        assertThat(ModelGuards.isNearby(url)).isEqualTo(nearby);
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
