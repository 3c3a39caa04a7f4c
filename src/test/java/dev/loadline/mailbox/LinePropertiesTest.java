package dev.loadline.mailbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.WorkClass;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.lifecycle.AfterContainer;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Goal: in whatever order things happen, every decision keeps every rule. Method: random runs in a
 * {@link LineWorld}; together they must have seen each mechanism at work, or they were too tame.
 */
class LinePropertiesTest {
    sealed interface Act {
        record Come(WorkClass workClass, Sender sender, int deadlineMs) implements Act {}

        record End(int which) implements Act {}

        record Keep(int which) implements Act {}

        record Begun(WorkClass workClass, Sender sender) implements Act {}

        record Pass(int ms) implements Act {}

        record Press(double level) implements Act {}

        record Limit(int slots) implements Act {}

        record Leave(int which) implements Act {}

        record Drain() implements Act {}
    }

    private static final Set<String> SEEN = new HashSet<>();

    @Property(tries = 1000)
    void every_decision_at_a_door_keeps_the_rules(
            @ForAll("acts") List<Act> acts,
            @ForAll("capacity") int capacity,
            @ForAll("concurrency") int concurrency) {
        var waits =
                Map.of(
                        WorkClass.INTERACTIVE, Duration.ofMillis(250),
                        WorkClass.WEBHOOK, Duration.ofSeconds(1),
                        WorkClass.SCHEDULED, Duration.ofSeconds(30));
        run(new MailboxPolicy(capacity, concurrency, waits), acts);
    }

    @Property(tries = 200)
    void every_decision_inside_a_turn_keeps_the_rules(
            @ForAll("acts") List<Act> acts,
            @ForAll("capacity") int capacity,
            @ForAll("concurrency") int concurrency) {
        // Nobody has a share there: all is of one sender.
        run(
                MailboxPolicy.untilDeadline(capacity, concurrency),
                acts.stream().map(LinePropertiesTest::ofTheNode).toList());
    }

    @Property(tries = 200)
    void every_decision_before_something_outside_keeps_the_rules(
            @ForAll("acts") List<Act> acts,
            @ForAll("capacity") int capacity,
            @ForAll("concurrency") int concurrency) {
        run(MailboxPolicy.byTurn(capacity, concurrency), acts);
    }

    @AfterContainer
    static void the_runs_saw_it_all() {
        assertThat(SEEN)
                .contains(
                        "begun by a higher limit",
                        "closed before who waits",
                        "expired",
                        "late by prediction",
                        "left",
                        "newest first",
                        "over its half, waits",
                        "made room for another tenant",
                        "pressed",
                        "refused for its tenant",
                        "shed",
                        "shed one after another");
    }

    private static void run(MailboxPolicy policy, List<Act> acts) {
        var world = new LineWorld(policy, SEEN);
        for (Act act : acts) {
            switch (act) {
                case Act.Come(var workClass, var sender, int ms) ->
                        world.come(workClass, sender, ms);
                case Act.End(int which) -> world.end(which);
                case Act.Keep(int which) -> world.keep(which);
                case Act.Begun(var workClass, var sender) -> world.begun(workClass, sender);
                case Act.Pass(int ms) -> world.pass(Duration.ofMillis(ms));
                case Act.Press(double level) -> world.press(level);
                case Act.Limit(int slots) -> world.limit(slots);
                case Act.Leave(int who) -> world.leave(who);
                case Act.Drain drain -> world.drain();
            }
            world.check();
        }
        world.rest();
    }

    private static Act ofTheNode(Act act) {
        return switch (act) {
            case Act.Come(var workClass, var sender, int ms) ->
                    new Act.Come(workClass, Sender.NODE, ms);
            case Act.Begun(var workClass, var sender) -> new Act.Begun(workClass, Sender.NODE);
            case Act.End end -> end;
            case Act.Keep keep -> keep;
            case Act.Pass pass -> pass;
            case Act.Press press -> press;
            case Act.Limit limit -> limit;
            case Act.Leave leave -> leave;
            case Act.Drain drain -> drain;
        };
    }

    @Provide
    Arbitrary<Integer> capacity() {
        return Arbitraries.frequencyOf(
                Tuple.of(1, Arbitraries.integers().between(0, 6)), // full soon
                Tuple.of(1, Arbitraries.integers().between(0, 24)));
    }

    @Provide
    Arbitrary<Integer> concurrency() {
        return Arbitraries.integers().between(1, 9);
    }

    @Provide
    Arbitrary<List<Act>> acts() {
        Arbitrary<WorkClass> classes =
                Arbitraries.frequency(
                        Tuple.of(1, WorkClass.CONTROL),
                        Tuple.of(8, WorkClass.INTERACTIVE),
                        Tuple.of(3, WorkClass.WEBHOOK),
                        Tuple.of(3, WorkClass.SCHEDULED),
                        Tuple.of(3, WorkClass.BACKGROUND));
        Arbitrary<Sender> senders =
                Arbitraries.integers()
                        .between(0, 15)
                        .map(n -> n < 8 ? 0 : n) // one of them sends most
                        .flatMap(
                                n ->
                                        Arbitraries.integers()
                                                .between(0, 3)
                                                .map(m -> sender(n == 0 ? 0 : n % 3, m)));
        Arbitrary<Integer> deadlines =
                Arbitraries.frequencyOf(
                        Tuple.of(1, Arbitraries.integers().between(0, 60)),
                        Tuple.of(4, Arbitraries.integers().between(60, 40_000)));
        Arbitrary<Act> come = Combinators.combine(classes, senders, deadlines).as(Act.Come::new);
        Arbitrary<Integer> which = Arbitraries.integers().between(0, 20);
        Arbitrary<Integer> time =
                Arbitraries.frequencyOf(
                        Tuple.of(12, Arbitraries.integers().between(1, 60)),
                        Tuple.of(4, Arbitraries.integers().between(60, 260)),
                        Tuple.of(1, Arbitraries.of(9_900, 9_990, 10_010)));
        return Arbitraries.frequencyOf(
                        Tuple.of(300, come),
                        Tuple.of(120, which.map(Act.End::new)),
                        Tuple.of(15, which.map(Act.Keep::new)),
                        Tuple.of(15, Combinators.combine(classes, senders).as(Act.Begun::new)),
                        Tuple.of(120, time.map(Act.Pass::new)),
                        Tuple.of(8, Arbitraries.of(0.0, 0.5, 0.7, 0.9, 1.0).map(Act.Press::new)),
                        Tuple.of(20, Arbitraries.just(new Act.Press(0))),
                        Tuple.of(12, Arbitraries.integers().between(0, 6).map(Act.Limit::new)),
                        Tuple.of(12, Arbitraries.just(new Act.Limit(Integer.MAX_VALUE))),
                        Tuple.of(15, which.map(Act.Leave::new)),
                        Tuple.of(1, Arbitraries.just(new Act.Drain())))
                .list()
                .ofMinSize(1)
                .ofMaxSize(120);
    }

    private static Sender sender(int tenant, int line) {
        return new Sender("t" + tenant, "t" + tenant + "u" + line / 2, "line" + line);
    }
}
