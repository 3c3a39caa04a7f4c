package dev.loadline.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.ContextReport;
import dev.loadline.core.ConversationKey;
import dev.loadline.core.Outcome;
import dev.loadline.core.TurnId;
import dev.loadline.core.Usage;
import dev.loadline.core.WhenBusy;
import dev.loadline.engine.Conversed;
import dev.loadline.engine.Conversing;
import dev.loadline.guard.Cause;
import dev.loadline.turn.Asked;
import dev.loadline.turn.By;
import dev.loadline.turn.Degradation;
import dev.loadline.turn.Feed;
import dev.loadline.turn.Status;
import dev.loadline.turn.Step;
import dev.loadline.turn.Turn;
import dev.loadline.turn.Waiting;

import io.vertx.core.Future;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Goal: a turn that waits for its model holds nothing that others could use, says so, and goes on
 * in its turn; what it ran without is told and kept. Method: a node whose time stands still, and a
 * model that does what the test says.
 */
class ParkedTurnTest {
    private static final Duration WAIT = Duration.ofSeconds(30);

    private final PuppetModel backup = new PuppetModel("backup");
    private LoneNode node = new LoneNode(1);
    private PuppetModel model = node.model;

    private void slots(int count) {
        node.close();
        node = new LoneNode(count);
        model = node.model;
    }

    @AfterEach
    void close() {
        node.close();
    }

    private void holdsNothing() {
        assertThat(node.active()).as("slots").isZero();
        assertThat(node.parked()).as("parked").isZero();
        assertThat(node.live()).as("live conversations").isZero();
    }

    @Test
    void its_slot_is_for_others_and_it_goes_on_once_it_has_one_again() {
        String first = node.begin("a");
        PuppetModel.Call call = model.call().waits(WAIT);
        assertThat(node.active()).isZero();
        assertThat(node.parked()).isEqualTo(1);
        node.time.advance(Duration.ofSeconds(10));
        Turn waits = node.turn(first);
        assertThat(waits.status()).isEqualTo(Status.WAITING);
        assertThat(waits.waitingFor())
                .isEqualTo(new Waiting("rate_limit", null, "model:main", 20_000L));

        String second = node.begin("b");
        PuppetModel.Call others = model.call();
        call.resumes();
        assertThat(call.gone).as("without a slot").isFalse();
        assertThat(node.turn(first).status()).isEqualTo(Status.WAITING);
        others.says("Hello").ends();
        assertThat(call.gone).as("with the other's slot").isTrue();
        assertThat(node.turn(first).status()).isEqualTo(Status.RUNNING);
        assertThat(node.turn(first).waitingFor()).isNull();
        assertThat(node.active()).isEqualTo(1);
        node.submit("a", "And this?", WhenBusy.STEER);
        call.says("At ").ends();
        assertThat(model.call().request.standing().gateWaits()).as("of the turn").isEqualTo(1);
        model.call().says("last").ends();
        assertThat(node.turn(second).status()).isEqualTo(Status.COMPLETED);
        assertThat(node.turn(first).text()).isEqualTo("At last");
        assertThat(node.events(first))
                .containsSubsequence(
                        "turn.waiting", "turn.resumed", "At ", "last", "turn.completed")
                .doesNotHaveDuplicates();
        holdsNothing();
    }

    @Test
    void three_hundred_that_wait_let_others_through_and_go_on_in_the_order_in_which_they_may() {
        slots(20);
        List<PuppetModel.Call> parked = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            node.begin("p" + i);
            parked.add(model.call().waits(WAIT));
        }
        assertThat(node.active()).isZero();
        assertThat(node.parked()).isEqualTo(300);
        List<PuppetModel.Call> others = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            node.begin("o" + i);
            others.add(model.call());
        }
        parked.forEach(PuppetModel.Call::resumes);
        String late = node.submit("late", "Hi", null);
        assertThat(late).as("new work waits behind what was acknowledged").isNull();
        assertThat(parked).noneMatch(call -> call.gone);
        for (PuppetModel.Call other : others) other.says("Yes").ends();
        assertThat(parked.subList(0, 20)).allMatch(call -> call.gone);
        assertThat(parked.subList(20, 300)).noneMatch(call -> call.gone);
        for (PuppetModel.Call call : List.copyOf(parked)) {
            assertThat(node.active()).isLessThanOrEqualTo(20);
            assertThat(call.gone).isTrue();
            call.says("Yes").ends();
        }
        model.call().says("Yes").ends(); // the late one's
        holdsNothing();
    }

    @Test
    void whoever_ends_it_while_it_waits_leaves_nothing_behind_and_the_next_one_goes() {
        for (boolean due : new boolean[] {false, true}) {
            for (String how : List.of("cancel", "deadline", "failure")) {
                String conversation = how + due;
                String turn = node.begin(conversation);
                PuppetModel.Call call = model.call().waits(WAIT);
                String next = node.submit(conversation, "And?", WhenBusy.ENQUEUE);
                node.begin("holds the slot " + conversation);
                PuppetModel.Call holder = model.call();
                if (due) call.resumes();
                switch (how) {
                    case "cancel" -> node.desk().cancel(LoneNode.ANN, new TurnId(turn), By.USER);
                    case "deadline" -> node.time.advance(node.agent().limits().deadline());
                    default -> call.listener.ended(new Outcome.Refused<>("shed", WAIT, "full"));
                }
                boolean cancelled = how.equals("cancel");
                assertThat(node.turn(turn).status())
                        .isEqualTo(cancelled ? Status.CANCELLED : Status.FAILED);
                assertThat(node.turn(turn).waitingFor()).isNull();
                assertThat(call.cancelled).isEqualTo(!how.equals("failure"));
                assertThat(node.turn(turn).usage()).as("nothing was sent").isEqualTo(Usage.NONE);
                assertThat(node.parked()).isZero();
                holder.says("Done").ends();
                assertThat(call.gone).isFalse();
                if (!how.equals("deadline")) { // that of the next has passed as well
                    assertThat(node.turn(Objects.requireNonNull(next)).status())
                            .isEqualTo(Status.RUNNING);
                    model.call().says("Yes").ends();
                }
                holdsNothing();
            }
        }
    }

    @Test
    void what_is_deleted_while_it_waits_is_gone_at_once() {
        node.begin("a");
        PuppetModel.Call call = model.call().waits(WAIT);
        node.desk().delete(new ConversationKey(LoneNode.ANN, "a"));
        assertThat(call.cancelled).isTrue();
        holdsNothing();
    }

    @Test
    void a_life_that_ends_meanwhile_is_followed_by_one_that_begins_the_step_again() {
        String turn = node.begin("a");
        PuppetModel.Call before = model.call().waits(WAIT);
        node.dieAndComeBack();
        assertThat(model.calls).hasSize(2);
        assertThat(node.parked()).isZero();
        assertThat(node.turn(turn).status()).isEqualTo(Status.RUNNING);
        before.resumes();
        model.call().says("After all").ends();
        assertThat(node.turn(turn).text()).isEqualTo("After all");
        assertThat(node.turn(turn).attempt()).isEqualTo(2);
        assertThat(before.request.standing().cause()).isEqualTo(Cause.ORIGINAL);
        assertThat(model.call().request.standing().cause()).isEqualTo(Cause.TAKEOVER);
        holdsNothing();
    }

    @Test
    void who_goes_away_hands_over_what_waits_but_not_what_nobody_else_has() {
        slots(2);
        String stored = node.begin("a");
        PuppetModel.Call first = model.call().waits(WAIT);
        Conversed kept = converse(Asked.NOTHING);
        PuppetModel.Call second = model.call().waits(WAIT);
        Future<Void> left = node.leave();
        assertThat(first.cancelled).isTrue();
        assertThat(second.cancelled).isFalse();
        assertThat(left.isComplete()).isFalse();
        second.resumes();
        second.says("Just in time").ends();
        assertThat(kept.feed().over()).isTrue();
        assertThat(left.isComplete()).isTrue();
        holdsNothing();
        node.dieAndComeBack();
        assertThat(model.calls).hasSize(3);
        model.call().says("Here").ends();
        assertThat(node.turn(stored).text()).isEqualTo("Here");
    }

    @Test
    void the_grace_ends_for_what_still_waits() {
        Conversed kept = converse(Asked.NOTHING);
        PuppetModel.Call call = model.call().waits(WAIT);
        node.leave();
        node.cutShort();
        assertThat(call.cancelled).isTrue();
        assertThat(LoneNode.events(kept.feed())).last().isEqualTo("turn.failed");
        holdsNothing();
    }

    private Conversed converse(Asked asked) {
        var conversing =
                new Conversing(
                        LoneNode.ANN,
                        "assistant",
                        List.of(),
                        "Hi",
                        asked,
                        null,
                        node.time.nanos(),
                        node.time.nanos());
        return node.desk().converse(conversing).result();
    }

    // --- what it ran without

    @Test
    void a_fallback_begins_the_step_anew_and_only_the_last_is_stored() {
        String turn = node.begin("a");
        PuppetModel.Call call = model.call().says("Half an ans");
        Feed reader = node.feed(turn);
        call.fallsBackTo(backup, "timeout");
        call.says("A whole answer");
        assertThat(node.turn(turn).steps()).extracting(Step::model).containsExactly("backup");
        call.ends();
        Turn ended = node.turn(turn);
        assertThat(ended.text()).isEqualTo("A whole answer");
        Step step = ended.steps().getFirst();
        assertThat(step.model()).isEqualTo("backup");
        assertThat(step.text()).isEqualTo("A whole answer");
        assertThat(ended.usage())
                .as("the prompt twice, and what both have said")
                .isEqualTo(new Usage(200, 0, 3 + 14, 0, 217.0, 2, true));
        assertThat(ended.degradations())
                .containsExactly(
                        new Degradation("model:main", "timeout", "fallback", null, "backup", 1));
        assertThat(LoneNode.events(reader))
                .containsSubsequence(
                        "Half an ans", "turn.degraded", "text.reset", "A whole answer");
        assertThat(said("a").degraded()).containsExactly("model:main");
    }

    private dev.loadline.turn.Message said(String conversation) {
        var key = new ConversationKey(LoneNode.ANN, conversation);
        return node.desk().messages(key, 10, null, null).result().items().getLast();
    }

    @Test
    void an_attempt_that_said_nothing_is_a_call_and_no_tokens() {
        String turn = node.begin("a");
        PuppetModel.Call call = model.call().says();
        call.listener.asks(model);
        call.says("Yes").ends(new Usage(90, 0, 1, 0, 91.0, 1, null));
        assertThat(node.turn(turn).usage()).isEqualTo(new Usage(90, 0, 1, 0, 91.0, 2, null));
    }

    @Test
    void what_a_finished_step_ran_without_is_known_after_a_death() {
        node.sources.add(source("crm", ContextReport.SourceStatus.OPEN, 0));
        node.sources.add(source("wiki", ContextReport.SourceStatus.LATE, 10));
        node.sources.add(source("shop", ContextReport.SourceStatus.TRIMMED, 10));
        String turn = node.begin("a");
        node.submit("a", "And this?", WhenBusy.STEER);
        model.call().says("One.").ends();
        assertThat(model.calls).as("a second step").hasSize(2);
        assertThat(model.call().request.standing().cause()).isEqualTo(Cause.ORIGINAL);
        node.sources.clear();
        node.dieAndComeBack();
        var crm = new Degradation("source:crm", "open", "without", null, null, 1);
        var wiki = new Degradation("source:wiki", "timeout", "partial", null, null, 1);
        assertThat(node.turn(turn).degradations()).containsExactly(crm, wiki);
        model.call().says("Two.").ends();
        assertThat(node.turn(turn).degradations()).containsExactly(crm, wiki);
        assertThat(said("a").degraded()).containsExactly("source:crm", "source:wiki");
    }

    @Test
    void what_the_context_lacks_is_told_after_the_context_and_before_the_text() {
        node.sources.add(source("crm", ContextReport.SourceStatus.FAILED, 0));
        String turn = node.begin("a");
        model.call().says("Hello").ends();
        assertThat(node.events(turn))
                .containsSubsequence("context.ready", "turn.degraded", "Hello")
                .doesNotHaveDuplicates();
    }

    private static ContextReport.Source source(
            String name, ContextReport.SourceStatus status, int kept) {
        return new ContextReport.Source(name, status, 1, kept, kept, 0, 0, 5);
    }

    @Test
    void the_wait_at_the_gate_is_the_models_and_the_wait_for_a_slot_is_ours() {
        String turn = node.begin("a");
        PuppetModel.Call call = model.call();
        node.time.advance(Duration.ofMillis(10));
        call.waits(WAIT);
        node.begin("b");
        PuppetModel.Call other = model.call();
        node.time.advance(Duration.ofMillis(100));
        call.resumes();
        node.time.advance(Duration.ofSeconds(1));
        other.says("Yes").ends();
        node.time.advance(Duration.ofMillis(20));
        call.says("Hello").ends();
        var timings = node.turn(turn).timings();
        assertThat(timings.modelMs()).isEqualTo(10 + 100 + 20);
        assertThat(timings.queued()).isZero();
        assertThat(timings.overhead()).isEqualTo(1000);
        assertThat(timings.firstToken()).isEqualTo(1130);
    }

    @Test
    void where_nothing_can_be_taken_back_a_part_that_is_void_ends_the_turn() {
        var irrevocable = new Asked("", Asked.NOTHING.options(), true, List.of(), List.of());
        Conversed nothingShown = converse(irrevocable);
        PuppetModel.Call call = model.call().says();
        assertThat(call.request.standing().mayReset()).isFalse();
        call.fallsBackTo(backup, "timeout");
        call.says("Hello").ends();
        assertThat(LoneNode.events(nothingShown.feed())).last().isEqualTo("turn.completed");

        Conversed shown = converse(irrevocable);
        call = model.call().says("Half an ans");
        call.fallsBackTo(backup, "error");
        assertThat(call.cancelled).isTrue();
        assertThat(LoneNode.events(shown.feed()))
                .contains("Half an ans")
                .doesNotContain("text.reset")
                .last()
                .isEqualTo("turn.failed");
        holdsNothing();
    }
}
