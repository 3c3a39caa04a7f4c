package dev.loadline.context;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Clock;
import dev.loadline.core.ContextReport;
import dev.loadline.core.Deadline;
import dev.loadline.core.Prompt;
import dev.loadline.core.WorkClass;
import dev.loadline.mailbox.Bus;
import dev.loadline.mailbox.Letter;
import dev.loadline.mailbox.Mailbox;
import dev.loadline.mailbox.Reply;
import dev.loadline.mailbox.VertxTimers;
import dev.loadline.telemetry.MailboxCounters;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Goal: the address {@code context} answers both tasks, big ones off the loop. Method: a real event
 * bus, two verticles before one mailbox, the real tokenizer.
 */
@ExtendWith(VertxExtension.class)
class ContextVerticleTest {
    private final Clock clock = Clock.system();
    private final Queue<ContextReport> ledger = new ConcurrentLinkedQueue<>();
    private final Queue<String> threads = new ConcurrentLinkedQueue<>();
    private Mailbox<ContextTask, ContextTask.Answer> mailbox;
    private Bus bus;
    private String deployment;

    @BeforeEach
    void start(Vertx vertx) {
        bus = Bus.on(vertx, clock);
        var service =
                ContextService.open(
                                vertx,
                                CompletableFuture.supplyAsync(Tokenizer::o200k),
                                clock,
                                (agent, report) -> {
                                    ledger.add(report);
                                    threads.add(Thread.currentThread().getName());
                                })
                        .await();
        mailbox =
                Mailbox.create(
                        ContextVerticle.ADDRESS,
                        ContextService.POLICY,
                        clock,
                        VertxTimers.on(vertx),
                        service,
                        MailboxCounters.NONE);
        deployment =
                vertx.deployVerticle(
                                () -> new ContextVerticle(bus, mailbox),
                                new DeploymentOptions().setInstances(2))
                        .await();
    }

    @Test
    void a_small_prompt_is_assembled_on_the_loop() {
        var made = (ContextTask.Answer.Assembled) ask(assemble("What is a load line?"));
        assertThat(made.prompt().messages()).hasSize(3);
        assertThat(made.report().tokens()).isBetween(20, 60);
        assertThat(ledger).containsExactly(made.report());
        assertThat(threads).allMatch(name -> name.contains("eventloop"));
    }

    @Test
    void a_big_prompt_is_assembled_on_the_worker_and_its_history_counted_once() {
        var big = new Prompt.Said("m1", true, "big words ".repeat(10_000));
        var input = List.of(new Prompt.Said("m2", true, "and?"));
        var task = new ContextTask.Assemble(Agents.with("", 50_000), 1, List.of(big), input);
        assertThat(ask(task)).isInstanceOf(ContextTask.Answer.Assembled.class);
        assertThat(ask(task)).isInstanceOf(ContextTask.Answer.Assembled.class);
        assertThat(threads).hasSize(2);
        assertThat(threads.poll()).contains(ContextService.POOL);
        assertThat(threads.poll()).contains("eventloop");
    }

    @Test
    void a_text_is_measured_against_the_budget() {
        var agent = Agents.with("Be brief.", 100);
        assertThat(ask(new ContextTask.Measure(agent, "short")))
                .isInstanceOfSatisfying(
                        ContextTask.Answer.Measured.class, m -> assertThat(m.fits()).isTrue());
        assertThat(ask(new ContextTask.Measure(agent, "漢".repeat(262_144))))
                .isInstanceOfSatisfying(
                        ContextTask.Answer.Measured.class,
                        m -> {
                            assertThat(m.fits()).isFalse();
                            assertThat(m.tokens()).isGreaterThan(100);
                        });
    }

    @Test
    void the_address_is_free_once_the_verticles_are_gone(Vertx vertx) {
        vertx.undeploy(deployment).await();
        assertThat(reply(assemble("hello"))).isInstanceOf(Reply.Refused.class);
        assertThat(mailbox.reading().inWork()).isZero();
    }

    private static ContextTask.Assemble assemble(String question) {
        return new ContextTask.Assemble(
                Agents.with("You answer briefly.", 8000),
                1,
                List.of(new Prompt.Said("m1", true, "Hello"), new Prompt.Said("m2", false, "Hi!")),
                List.of(new Prompt.Said("m3", true, question)));
    }

    private ContextTask.Answer ask(ContextTask task) {
        return ((Reply.Answer<ContextTask.Answer>) reply(task)).value();
    }

    private Reply<ContextTask.Answer> reply(ContextTask task) {
        var deadline = Deadline.after(clock, Duration.ofSeconds(20));
        return bus.<ContextTask, ContextTask.Answer>ask(
                        ContextVerticle.ADDRESS,
                        new Letter<>(task, WorkClass.INTERACTIVE, deadline))
                .await();
    }
}
