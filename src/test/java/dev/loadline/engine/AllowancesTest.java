package dev.loadline.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Clock;
import dev.loadline.core.Principal;
import dev.loadline.core.Problem;
import dev.loadline.core.ProblemException;
import dev.loadline.core.Quota;
import dev.loadline.engine.Quotas.Charge;
import dev.loadline.engine.Quotas.Limit;
import dev.loadline.store.StoreFailure;
import dev.loadline.store.TokenUse;
import dev.loadline.telemetry.Background;
import dev.loadline.telemetry.Metrics;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Goal: nobody gets more than allowed, nobody is charged for what was not. Time is a number. */
class AllowancesTest {
    private static final Principal ANN = new Principal("acme", "ann");
    private static final Principal BOB = new Principal("acme", "bob");
    private static final long NOON = Duration.ofDays(20_000).plusHours(12).toMillis();

    private static final class Time implements Clock {
        private long nanos = Long.MAX_VALUE - Duration.ofSeconds(30).toNanos(); // it wraps
        private long millis = NOON;

        @Override
        public long nanos() {
            return nanos;
        }

        @Override
        public long millis() {
            return millis;
        }

        void pass(Duration time) {
            nanos += time.toNanos();
            millis += time.toMillis();
        }
    }

    /** What stands in the store, and how it answers. */
    private static final class Ledger implements TokenUse {
        final Map<String, Long> rows = new HashMap<>();
        int reads;
        StoreFailure down;
        Promise<Long> held;

        @Override
        public Future<Long> used(Principal principal, long day) {
            reads++;
            if (down != null) return Future.failedFuture(down);
            if (held != null) return held.future();
            return Future.succeededFuture(rows.getOrDefault(principal + " " + day, 0L));
        }

        @Override
        public Future<Void> add(Principal principal, long day, long tokens) {
            rows.merge(principal + " " + day, tokens, Long::sum);
            return Future.succeededFuture();
        }

        @Override
        public Future<Void> forget(long beforeDay) {
            return Future.succeededFuture();
        }
    }

    private final Time time = new Time();
    private final Ledger ledger = new Ledger();
    private final List<Limit> refused = new ArrayList<>();

    private Allowances with(Quota anns) {
        return new Allowances(
                who -> who.equals(ANN) ? anns : Quota.NONE,
                ledger,
                time,
                new Background(time, new Metrics(new SimpleMeterRegistry(), Metrics.Known.NOTHING)),
                refused::add);
    }

    private static Charge begun(Allowances allowances) {
        Future<Charge> begins = allowances.turnBegins(ANN);
        assertThat(begins.succeeded()).as("%s", begins.cause()).isTrue();
        return begins.result();
    }

    private static Problem refusal(Allowances allowances) {
        Future<Charge> begins = allowances.turnBegins(ANN);
        assertThat(begins.failed()).isTrue();
        return ((ProblemException) begins.cause()).problem();
    }

    @Test
    void turns_of_the_last_minute_count_and_the_answer_says_when_the_oldest_leaves() {
        Allowances allowances = with(new Quota(2, null, null));
        begun(allowances);
        time.pass(Duration.ofSeconds(20));
        begun(allowances);
        time.pass(Duration.ofMillis(10_500));
        Problem problem = refusal(allowances);
        assertThat(problem.code()).isEqualTo(Problem.Code.QUOTA_EXCEEDED);
        assertThat(problem.status()).isEqualTo(429);
        assertThat(problem.retryAfterMs()).isEqualTo(29_500);
        assertThat(problem.detail()).contains("turnsPerMinute is 2");
        assertThat(refused).containsExactly(Limit.TURNS_PER_MINUTE);
        time.pass(Duration.ofMillis(29_499));
        assertThat(refusal(allowances).retryAfterMs()).isEqualTo(1);
        time.pass(Duration.ofMillis(1));
        begun(allowances);
        assertThat(refusal(allowances).retryAfterMs()).isEqualTo(20_000);
    }

    @Test
    void what_is_given_back_is_there_again() {
        Allowances allowances = with(new Quota(2, null, null));
        Charge first = begun(allowances);
        begun(allowances);
        first.giveBack();
        assertThat(allowances.used(ANN).result().turnsPerMinute()).isEqualTo(1);
        Charge third = begun(allowances);
        refusal(allowances);
        time.pass(Duration.ofMinutes(1));
        third.giveBack(); // its minute is over
        begun(allowances);
        begun(allowances);
        refusal(allowances);
    }

    @Test
    void streams_have_their_own_limit() {
        Allowances allowances = with(new Quota(null, 2, null));
        assertThat(allowances.streamOpens(ANN)).isNull();
        assertThat(allowances.streamOpens(ANN)).isNull();
        Problem problem = allowances.streamOpens(ANN);
        assertThat(problem.code()).isEqualTo(Problem.Code.QUOTA_EXCEEDED);
        assertThat(problem.detail()).contains("streams is 2");
        assertThat(problem.retryAfterMs()).isPositive();
        assertThat(allowances.used(ANN).result()).isEqualTo(new Quota(null, 2, null));
        begun(allowances);
        allowances.streamEnds(ANN);
        assertThat(allowances.streamOpens(ANN)).isNull();
        assertThat(refused).containsExactly(Limit.STREAMS);
    }

    @Test
    void tokens_of_today_count_until_midnight() {
        Allowances allowances = with(new Quota(1, null, 100L));
        ledger.add(ANN, TokenUse.dayOf(NOON), 99);
        begun(allowances).giveBack();
        ledger.add(ANN, TokenUse.dayOf(NOON), 1);
        allowances.tokensWritten(ANN);
        Problem problem = refusal(allowances);
        assertThat(problem.retryAfterMs()).isEqualTo(Duration.ofHours(12).toMillis());
        assertThat(problem.detail()).contains("tokensPerDay is 100");
        assertThat(refused).containsExactly(Limit.TOKENS_PER_DAY);
        assertThat(allowances.used(ANN).result()).isEqualTo(new Quota(0, null, 100L));
        time.pass(Duration.ofHours(12));
        begun(allowances);
        assertThat(allowances.used(ANN).result()).isEqualTo(new Quota(1, null, 0L));
    }

    @Test
    void the_store_is_asked_again_only_after_an_end_or_a_while() {
        Allowances allowances = with(new Quota(null, null, 100L));
        for (int i = 0; i < 5; i++) begun(allowances);
        assertThat(ledger.reads).isEqualTo(1);
        allowances.tokensWritten(ANN);
        begun(allowances);
        begun(allowances);
        assertThat(ledger.reads).isEqualTo(2);
        ledger.add(ANN, TokenUse.dayOf(NOON), 100); // by another node
        begun(allowances);
        time.pass(Duration.ofSeconds(10));
        refusal(allowances);
    }

    @Test
    void what_was_read_before_an_end_is_not_kept_after_it() {
        Allowances allowances = with(new Quota(null, null, 100L));
        ledger.held = Promise.promise();
        Future<Charge> early = allowances.turnBegins(ANN);
        ledger.add(ANN, TokenUse.dayOf(NOON), 100);
        allowances.tokensWritten(ANN);
        ledger.held.complete(0L);
        ledger.held = null;
        assertThat(early.succeeded()).isTrue();
        refusal(allowances);
    }

    @Test
    void tokens_of_a_turn_without_an_outcome_are_written_down() {
        Allowances allowances = with(new Quota(null, null, 100L));
        begun(allowances);
        allowances.tokensSpent(ANN, 100);
        refusal(allowances);
        allowances.tokensSpent(BOB, 100);
        assertThat(ledger.rows).hasSize(1);
    }

    @Test
    void while_the_store_is_down_nobody_can_say_what_is_left() {
        Allowances allowances = with(new Quota(1, null, 100L));
        ledger.down = new StoreFailure(StoreFailure.Kind.NOT_DONE, "down", null);
        assertThat(refusal(allowances).code()).isEqualTo(Problem.Code.STORE_UNAVAILABLE);
        ledger.down = null;
        begun(allowances);
        assertThat(refused).isEmpty();
    }

    @Test
    void only_who_has_a_limit_is_known_and_only_while_it_matters() {
        Allowances allowances =
                new Allowances(
                        who -> who.tenant().equals("free") ? Quota.NONE : new Quota(5, 5, 100L),
                        ledger,
                        time,
                        new Background(
                                time,
                                new Metrics(new SimpleMeterRegistry(), Metrics.Known.NOTHING)),
                        refused::add);
        for (int i = 0; i < 100; i++) {
            allowances.turnBegins(new Principal("free", "u" + i));
            allowances.streamOpens(new Principal("free", "u" + i));
        }
        assertThat(allowances.known()).isZero();
        for (int i = 0; i < 100; i++) allowances.turnBegins(new Principal("acme", "u" + i));
        allowances.streamOpens(ANN);
        assertThat(allowances.known()).isEqualTo(101);
        time.pass(Duration.ofSeconds(59));
        allowances.turnBegins(BOB);
        time.pass(Duration.ofSeconds(1));
        allowances.turnBegins(BOB);
        assertThat(allowances.known()).as("ann's stream, bob's turns").isEqualTo(2);
    }
}
