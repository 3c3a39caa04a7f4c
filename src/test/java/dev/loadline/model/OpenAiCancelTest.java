package dev.loadline.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Outcome;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Goal: a cancelled call is closed at the server and silent; pools and answers are bounded. Method:
 * the server says what it sees.
 */
class OpenAiCancelTest extends OpenAiWorld {
    @Test
    void cancelling_in_the_middle_closes_the_request_upstream() throws Exception {
        server.next(FakeAnswer.begun().texts("so far").hold().texts(" more").ended());
        var heard = new Heard();
        ModelCall call = start(model, heard);
        heard.firstText.get(10, TimeUnit.SECONDS);
        cancel(call);
        server.awaitClosed(1);
        server.release();
        settle();
        assertThat(heard.text()).isEqualTo("so far");
        assertThat(heard.end).isNotDone();
        assertThat(server.open()).isZero();
        cancel(call);
        assertThat(ask(model, request(Duration.ofMinutes(1))).text()).isEqualTo("Hello there!");
    }

    @Test
    void cancelling_before_the_first_event_closes_the_request_upstream() {
        server.next(FakeAnswer.hang());
        var heard = new Heard();
        ModelCall call = start(model, heard);
        server.request(1);
        cancel(call);
        server.awaitClosed(1);
        settle();
        assertThat(heard.end).isNotDone();
    }

    @Test
    void cancelling_at_once_sends_nothing() throws Exception {
        var heard = new Heard();
        for (int i = 0; i < 20; i++)
            onLoop(
                    () -> {
                        model.stream(request(Duration.ofMinutes(1)), heard).cancel();
                        return true;
                    });
        assertThat(ask(model, request(Duration.ofMinutes(1))).text()).isEqualTo("Hello there!");
        assertThat(server.requests()).isEqualTo(1);
        assertThat(heard.order).isEmpty();
    }

    @Test
    void cancelling_while_it_connects_leaks_no_connection() throws Exception {
        for (int i = 0; i < 10; i++) {
            RemoteModel single = model(server.url(), ofSeconds(20), ofSeconds(20), 1);
            cancel(start(single, new Heard()));
            for (int again = 0; again < 2; again++)
                assertThat(ask(single, request(ofSeconds(10))).end.join())
                        .isInstanceOf(Outcome.Ok.class);
        }
    }

    @Test
    void cancelling_from_inside_a_delta_stops_the_deltas_behind_it() throws Exception {
        String both =
                "data: " + FakeAnswer.chunk("{\"reasoning\":\"r\",\"content\":\"t\"}") + "\n\n";
        server.next(FakeAnswer.head(200, "text/event-stream").write(both.repeat(10)).stall());
        var call = new AtomicReference<ModelCall>();
        var cancelled = new CompletableFuture<Void>();
        var heard =
                new Heard() {
                    @Override
                    public synchronized void reasoning(String delta) {
                        super.reasoning(delta);
                        call.get().cancel();
                        cancelled.complete(null);
                    }
                };
        onLoop(
                () -> {
                    call.set(model.stream(request(Duration.ofMinutes(1)), heard));
                    return true;
                });
        cancelled.get(10, TimeUnit.SECONDS);
        server.awaitClosed(1);
        settle();
        assertThat(heard.order).containsExactly("sent", "reasoning");
        assertThat(heard.reasoning()).isEqualTo("r");
    }

    @Test
    void cancelling_many_closes_them_all() throws Exception {
        server.always(FakeAnswer.begun().texts("x").hold().ended());
        RemoteModel wide = model(server.url(), ofSeconds(20), ofSeconds(20), 50);
        List<ModelCall> calls = new ArrayList<>();
        List<Heard> all = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            all.add(new Heard());
            calls.add(start(wide, all.getLast()));
        }
        for (Heard heard : all) heard.firstText.get(10, TimeUnit.SECONDS);
        assertThat(server.open()).isEqualTo(50);
        for (ModelCall call : calls) cancel(call);
        for (int n = 1; n <= 50; n++) server.awaitClosed(n);
        assertThat(server.open()).isZero();
        assertThat(server.closedByClient()).isEqualTo(50);
    }

    @Test
    void what_the_pool_cannot_hold_is_cut_short_and_the_rest_is_served() throws Exception {
        server.always(FakeAnswer.begun().texts("x").hold().ended());
        RemoteModel narrow = model(server.url(), ofSeconds(20), ofSeconds(20), 2);
        List<Heard> all = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            all.add(new Heard());
            start(narrow, all.getLast());
        }
        server.request(2);
        settle();
        long refused =
                all.stream()
                        .filter(heard -> heard.end.isDone())
                        .filter(heard -> heard.end.join() instanceof Outcome.CutShort)
                        .count();
        assertThat(refused).isBetween(14L, 16L);
        assertThat(server.open()).isEqualTo(2);
        server.always(FakeAnswer.stream("x"));
        server.release();
        for (Heard heard : all) heard.outcome();
        assertThat(all.stream().filter(heard -> heard.end.join() instanceof Outcome.Ok).count())
                .isEqualTo(20 - refused);
    }

    @Test
    void an_endless_answer_ends_at_eight_mi_units() throws Exception {
        server.next(FakeAnswer.begun().repeat("😀".repeat(50_000), 1_000_000));
        Heard heard = ask(model, request(Duration.ofMinutes(1)));
        assertThat(answer(heard).reason()).isEqualTo(ModelAnswer.Reason.LENGTH);
        assertThat(heard.text()).hasSize(AnswerBound.UNITS_MAX).isEqualTo(heard.whole());
        server.awaitClosed(1);
    }

    @Test
    void calls_of_different_loops_stay_on_theirs() throws Exception {
        var other = vertx.getOrCreateContext();
        for (int i = 0; i < 20; i++) {
            var heard = new Heard();
            var asking = new CompletableFuture<Thread>();
            other.runOnContext(
                    now -> {
                        asking.complete(Thread.currentThread());
                        model.stream(request(Duration.ofMinutes(1)), heard);
                    });
            Heard here = ask(model, request(Duration.ofMinutes(1)));
            heard.outcome();
            assertThat(heard.broken()).isEmpty();
            assertThat(heard.thread()).isSameAs(asking.join());
            assertThat(here.thread()).isSameAs(onLoop(Thread::currentThread));
        }
    }

    private void cancel(ModelCall call) {
        onLoop(
                () -> {
                    call.cancel();
                    return true;
                });
    }

    private static Duration ofSeconds(int seconds) {
        return Duration.ofSeconds(seconds);
    }
}
