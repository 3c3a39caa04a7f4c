package dev.loadline.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Deadline;
import dev.loadline.core.ModelOptions;
import dev.loadline.core.Outcome;
import dev.loadline.core.Prompt;
import dev.loadline.core.TurnId;
import dev.loadline.core.WorkClass;
import dev.loadline.guard.Cause;
import dev.loadline.guard.GuardPolicy;
import dev.loadline.guard.GuardReading;
import dev.loadline.mailbox.MailboxReading;
import dev.loadline.mailbox.Sender;

import org.junit.jupiter.api.AfterEach;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Real guards and lines, models under the test's hand, time that the test moves. */
abstract class ChainWorld {
    static final Outcome<ModelAnswer> DOWN = new Outcome.Unavailable<>("no connection");
    static final Outcome<ModelAnswer> SILENT = new Outcome.TimedOut<>("no first event");

    final ManualTime time = new ManualTime();
    final ScriptedModel.Upstream upstream = new ScriptedModel.Upstream();
    final ScriptedModel main = new ScriptedModel("main", upstream, time);
    final ScriptedModel twin = new ScriptedModel("twin", upstream, time);
    final ScriptedModel other = new ScriptedModel("other", upstream, time);
    final Guarding guarding =
            GuardedWorlds.guarding(
                    time,
                    time,
                    List.of(policy("main", "a"), policy("twin", "a"), policy("other", "b")));
    final Models models = Models.of(List.of(main, twin, other), guarding);
    final List<Told> turns = new ArrayList<>();

    static GuardPolicy policy(String name, String group) {
        return GuardedWorlds.policy(name, group, 250);
    }

    /** What a turn hears, in its own words. */
    static final class Told implements ModelListener {
        final List<String> words = new ArrayList<>();
        final StringBuilder text = new StringBuilder();
        Outcome<ModelAnswer> end;
        Runnable go;
        boolean goesAtOnce = true;
        ModelCall call;

        @Override
        public void asks(LanguageModel model) {
            words.add("asks " + model.name());
        }

        @Override
        public void waits(ModelWait wait) {
            words.add("waits " + wait.dependency() + " " + wait.reason());
        }

        @Override
        public void resumes(Runnable next) {
            words.add("resumes");
            if (goesAtOnce) next.run();
            else go = next;
        }

        @Override
        public void degraded(Setback what) {
            String how = what.waited() ? "waited" : "instead " + what.instead();
            words.add(what.dependency() + " " + what.reason() + " " + how);
        }

        @Override
        public void reset(String reason) {
            words.add("reset " + reason);
            text.setLength(0);
        }

        @Override
        public void sent() {}

        @Override
        public void text(String delta) {
            text.append(delta);
        }

        @Override
        public void reasoning(String delta) {}

        @Override
        public void ended(Outcome<ModelAnswer> outcome) {
            assertThat(end).as("ends once").isNull();
            end = outcome;
        }

        @Override
        public String toString() {
            return words + " " + end;
        }

        boolean answered() {
            return end instanceof Outcome.Ok;
        }
    }

    Told ask(List<String> chain, Duration deadline, WorkClass workClass) {
        var told = new Told();
        turns.add(told);
        var standing =
                new ModelRequest.Standing(
                        workClass,
                        new Sender("t", "u", "l" + turns.size()),
                        Cause.ORIGINAL,
                        0,
                        true);
        var request =
                new ModelRequest(
                        new TurnId("t" + turns.size()),
                        1,
                        1,
                        new Prompt("", List.of(new Prompt.Said("m", true, "hi")), 10),
                        ModelOptions.NONE,
                        Deadline.after(time, deadline),
                        standing,
                        null);
        told.call = chain(chain).stream(request, told);
        assertThat(told.words).as("before it returns").isEmpty();
        time.pass(Duration.ofMillis(1));
        return told;
    }

    LanguageModel chain(List<String> names) {
        return models.chain(names);
    }

    Told ask(String... chain) {
        return ask(List.of(chain), Duration.ofMinutes(5), WorkClass.INTERACTIVE);
    }

    void pass(int ms) {
        time.pass(Duration.ofMillis(ms));
    }

    static Outcome<ModelAnswer> limited(int seconds) {
        return new Outcome.RateLimited<>(Duration.ofSeconds(seconds), "HTTP 429");
    }

    GuardReading reading(String model) {
        return guarding.guards().get("model:" + model).reading();
    }

    /** Whoever asked has left nothing behind. */
    @AfterEach
    void nothing_is_left() {
        for (Told told : turns) if (told.end == null) told.call.cancel();
        pass(2_000);
        for (String name : models.names()) assertThat(reading(name).inFlight()).isZero();
        for (var box : models.mailboxes()) {
            MailboxReading reading = box.reading();
            assertThat(reading.depth()).as(reading.name()).isZero();
            assertThat(reading.inWork()).as(reading.name()).isZero();
        }
        assertThat(upstream.open).isZero();
    }
}
