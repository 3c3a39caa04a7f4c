package dev.loadline.turn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loadline.core.Problem;
import dev.loadline.turn.TurnInput.Begin;
import dev.loadline.turn.TurnInput.DeadlinePassed;
import dev.loadline.turn.TurnInput.Deleted;
import dev.loadline.turn.TurnInput.Fenced;
import dev.loadline.turn.TurnInput.HandOver;
import dev.loadline.turn.TurnInput.HasSlot;
import dev.loadline.turn.TurnInput.Joined;
import dev.loadline.turn.TurnInput.Kept;
import dev.loadline.turn.TurnInput.LimitReached;
import dev.loadline.turn.TurnInput.MayGo;
import dev.loadline.turn.TurnInput.ModelFailed;
import dev.loadline.turn.TurnInput.ModelSaid;
import dev.loadline.turn.TurnInput.MustWait;
import dev.loadline.turn.TurnInput.PromptReady;
import dev.loadline.turn.TurnInput.Saved;
import dev.loadline.turn.TurnInput.Stop;
import dev.loadline.turn.TurnInput.Unseen;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

/**
 * Goal: the machine ends every turn once and tells nobody before it is durable. Method: inputs in,
 * effects out.
 */
class TurnMachineTest {
    private TurnState state = new TurnState.Queued();
    private final List<TurnEffect> effects = new ArrayList<>();

    private void see(TurnInput... inputs) {
        for (TurnInput input : inputs) {
            Decision decision = TurnMachine.decide(state, input);
            state = decision.state();
            effects.addAll(decision.effects());
        }
    }

    @Test
    void a_plain_turn_assembles_calls_saves_and_only_then_announces() {
        see(new Begin(1), new PromptReady(), new ModelSaid(Finish.STOP, true));
        var end = new TurnEnd.Completed(Finish.STOP);
        assertThat(effects)
                .containsExactly(
                        new TurnEffect.Assemble(1),
                        new TurnEffect.CallModel(1),
                        new TurnEffect.Save(end));
        see(new Saved());
        assertThat(effects).last().isEqualTo(new TurnEffect.Announce(end));
        assertThat(state).isEqualTo(new TurnState.Ended(end));
    }

    @Test
    void a_stop_ends_the_call_upstream_before_it_is_saved() {
        see(new Begin(1), new PromptReady(), new Stop(By.USER));
        assertThat(effects.subList(2, 4))
                .containsExactly(
                        new TurnEffect.StopModel(),
                        new TurnEffect.Save(new TurnEnd.Cancelled(By.USER)));
    }

    @Test
    void a_queued_turn_can_be_stopped_and_can_miss_its_deadline() {
        see(new Stop(By.USER));
        assertThat(state).isEqualTo(new TurnState.Saving(new TurnEnd.Cancelled(By.USER)));
        state = new TurnState.Queued();
        see(new DeadlinePassed());
        assertThat(state)
                .isInstanceOfSatisfying(
                        TurnState.Saving.class,
                        saving -> assertThat(saving.end().status()).isEqualTo(Status.FAILED));
    }

    @Test
    void a_limit_completes_the_turn_with_its_name() {
        see(new Begin(1), new PromptReady(), new LimitReached(Finish.TOKENS));
        assertThat(state).isEqualTo(new TurnState.Saving(new TurnEnd.Completed(Finish.TOKENS)));
    }

    @Test
    void a_text_that_joins_while_the_model_speaks_is_for_another_step() {
        see(new Begin(1), new PromptReady(), new Joined(), new Joined());
        see(new ModelSaid(Finish.STOP, true));
        assertThat(state).isEqualTo(new TurnState.Keeping(1));
        see(new Joined(), new Kept(), new PromptReady(), new ModelSaid(Finish.STOP, true));
        assertThat(effects.subList(2, 6))
                .as("the second step saw all of them")
                .containsExactly(
                        new TurnEffect.Keep(1),
                        new TurnEffect.Assemble(2),
                        new TurnEffect.CallModel(2),
                        new TurnEffect.Save(new TurnEnd.Completed(Finish.STOP)));
    }

    @Test
    void a_text_that_joins_while_the_prompt_is_made_is_in_that_prompt() {
        see(new Joined(), new Begin(1), new Joined(), new PromptReady(), new PromptReady());
        see(new ModelSaid(Finish.STOP, true));
        assertThat(effects)
                .containsExactly(
                        new TurnEffect.Assemble(1),
                        new TurnEffect.Assemble(1),
                        new TurnEffect.CallModel(1),
                        new TurnEffect.Save(new TurnEnd.Completed(Finish.STOP)));
    }

    @Test
    void the_last_step_is_the_last_whatever_joins() {
        see(new Begin(3), new PromptReady(), new Joined(), new ModelSaid(Finish.STOP, false));
        assertThat(state).isEqualTo(new TurnState.Saving(new TurnEnd.Completed(Finish.STOP)));
    }

    @Test
    void what_the_store_does_not_end_goes_on() {
        see(new Begin(1), new PromptReady(), new ModelSaid(Finish.STOP, true));
        see(new Joined(), new Unseen(1), new Kept());
        assertThat(effects)
                .endsWith(new TurnEffect.Keep(1), new TurnEffect.Assemble(2))
                .doesNotHaveAnyElementsOfTypes(TurnEffect.Announce.class);
    }

    @Test
    void a_stop_in_vain_is_remembered_if_the_turn_goes_on_after_all() {
        see(new Begin(1), new PromptReady(), new ModelSaid(Finish.STOP, true));
        see(new Stop(By.INTERRUPT), new DeadlinePassed(), new Unseen(1), new Saved());
        assertThat(state).isEqualTo(new TurnState.Ended(new TurnEnd.Cancelled(By.INTERRUPT)));
    }

    @Test
    void between_two_steps_a_turn_can_be_stopped_left_and_deleted() {
        see(new Begin(1), new PromptReady(), new Joined(), new ModelSaid(Finish.STOP, true));
        TurnState between = state;
        see(new Stop(By.USER), new Kept());
        assertThat(state).isEqualTo(new TurnState.Saving(new TurnEnd.Cancelled(By.USER)));
        for (TurnInput gone : List.of(new HandOver(), new Fenced())) {
            state = between;
            see(gone, new Kept());
            assertThat(state).isEqualTo(new TurnState.Left());
        }
        state = between;
        see(new Deleted());
        assertThat(effects)
                .last()
                .isEqualTo(new TurnEffect.Announce(new TurnEnd.Cancelled(By.DELETED)));
    }

    @Test
    void who_waits_for_its_model_gives_its_slot_back_and_goes_on_with_another() {
        see(new Begin(1), new PromptReady(), new MustWait());
        assertThat(effects).last().isEqualTo(new TurnEffect.Park());
        see(new MustWait(), new Joined(), new MayGo(), new MayGo());
        assertThat(effects).hasSize(4).last().isEqualTo(new TurnEffect.TakeSlot());
        see(new HasSlot());
        assertThat(effects).last().isEqualTo(new TurnEffect.GoOn());
        see(new MustWait(), new MayGo(), new HasSlot(), new ModelSaid(Finish.STOP, true));
        assertThat(state)
                .as("what joined meanwhile is not lost")
                .isEqualTo(new TurnState.Keeping(1));
    }

    @Test
    void a_parked_turn_ends_as_one_that_thinks() {
        for (boolean due : new boolean[] {false, true}) {
            var parked = new TurnState.Parked(1, false, due);
            for (TurnInput end : List.of(new Stop(By.USER), new DeadlinePassed())) {
                Decision ended = TurnMachine.decide(parked, end);
                assertThat(ended.effects().getFirst()).isEqualTo(new TurnEffect.StopModel());
                assertThat(ended.effects().getLast()).isInstanceOf(TurnEffect.Save.class);
                assertThat(TurnMachine.decide(ended.state(), new MayGo()).effects()).isEmpty();
            }
            for (TurnInput gone : List.of(new HandOver(), new Fenced()))
                assertThat(TurnMachine.decide(parked, gone))
                        .isEqualTo(
                                Decision.go(
                                        new TurnState.Left(),
                                        new TurnEffect.StopModel(),
                                        new TurnEffect.Leave()));
            assertThat(TurnMachine.decide(parked, new Deleted()).effects())
                    .containsExactly(
                            new TurnEffect.StopModel(),
                            new TurnEffect.Announce(new TurnEnd.Cancelled(By.DELETED)));
            Problem why = Problem.of(Problem.Code.INTERNAL, "x");
            assertThat(TurnMachine.decide(parked, new ModelFailed(why)).effects())
                    .containsExactly(new TurnEffect.Save(new TurnEnd.Failed(why)));
        }
    }

    @Test
    void how_it_ends_is_decided_once() {
        see(new Begin(1), new PromptReady(), new ModelSaid(Finish.STOP, true));
        see(new Stop(By.USER), new DeadlinePassed(), new HandOver(), new Saved());
        assertThat(state).isEqualTo(new TurnState.Ended(new TurnEnd.Completed(Finish.STOP)));
    }

    @Test
    void who_is_fenced_falls_silent() {
        see(new Begin(1), new PromptReady(), new Fenced());
        assertThat(effects.subList(2, 4))
                .containsExactly(new TurnEffect.StopModel(), new TurnEffect.Leave());
        see(new ModelSaid(Finish.STOP, true), new Stop(By.USER), new Saved());
        assertThat(effects).hasSize(4);
    }

    @Test
    void deleting_the_conversation_cancels_at_once_for_it_is_durable_already() {
        see(new Begin(1), new PromptReady(), new Deleted());
        assertThat(effects)
                .last()
                .isEqualTo(new TurnEffect.Announce(new TurnEnd.Cancelled(By.DELETED)));
    }

    @Test
    void a_model_that_speaks_before_it_is_called_is_a_bug_and_loud() {
        assertThatThrownBy(() -> TurnMachine.decide(state, new ModelSaid(Finish.STOP, true)))
                .isInstanceOf(IllegalStateException.class);
    }

    @Provide
    Arbitrary<TurnInput> inputs() {
        return Arbitraries.of(
                new PromptReady(),
                new Joined(),
                new Kept(),
                new Unseen(1),
                new MustWait(),
                new MayGo(),
                new HasSlot(),
                new ModelSaid(Finish.STOP, true),
                new ModelFailed(Problem.of(Problem.Code.INTERNAL, "x")),
                new LimitReached(Finish.COST),
                new Stop(By.USER),
                new DeadlinePassed(),
                new Saved(),
                new Fenced(),
                new Deleted(),
                new HandOver());
    }

    @Property
    void whatever_comes_it_ends_at_most_once_and_never_before_the_store_knows(
            @ForAll("inputs") TurnInput a,
            @ForAll("inputs") TurnInput b,
            @ForAll("inputs") TurnInput c,
            @ForAll("inputs") TurnInput d,
            @ForAll("inputs") TurnInput e,
            @ForAll("inputs") TurnInput f) {
        state = new TurnState.Queued();
        effects.clear();
        boolean durable = false;
        see(new Begin(1));
        int refused = 0;
        for (TurnInput input : List.of(a, b, c, d, e, f)) {
            int before = effects.size();
            try {
                see(input);
            } catch (IllegalStateException cannotCome) {
                continue; // this order is not possible; the state is as it was
            }
            if (input instanceof Unseen) refused++;
            durable |= input instanceof Saved || input instanceof Deleted;
            boolean announced =
                    effects.subList(before, effects.size()).stream()
                            .anyMatch(TurnEffect.Announce.class::isInstance);
            assertThat(!announced || durable).isTrue();
        }
        assertThat(effects.stream().filter(TurnEffect.Announce.class::isInstance).count())
                .isLessThanOrEqualTo(1);
        assertThat(effects.stream().filter(TurnEffect.Save.class::isInstance).count())
                .isLessThanOrEqualTo(1 + refused);
    }
}
