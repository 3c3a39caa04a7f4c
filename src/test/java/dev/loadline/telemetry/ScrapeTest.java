package dev.loadline.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.ContextReport;
import dev.loadline.core.Origin;
import dev.loadline.core.Outcome;
import dev.loadline.core.WorkClass;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Goal: operators find the promised names, with the promised labels, from the start. Method: the
 * text that Prometheus would read.
 */
class ScrapeTest {
    private static final Pattern LABEL = Pattern.compile("[{,]([a-z_]+)=\"");
    private static final Set<String> LABELS =
            Set.of(
                    "agent",
                    "cause",
                    "origin",
                    "outcome",
                    "stage",
                    "code",
                    "mailbox",
                    "work_class",
                    "reason",
                    "dependency",
                    "limit_group",
                    "layer",
                    "source",
                    "part",
                    "limit",
                    "operation",
                    "loop",
                    "le");

    private final Prometheus prometheus = new Prometheus();
    private final Metrics metrics =
            new Metrics(
                    prometheus.registry(),
                    new Metrics.Known(
                            List.of("assistant"),
                            List.of("model:main"),
                            List.of("turn"),
                            List.of("retention"),
                            List.of("streams")));

    @Test
    void every_name_is_there_from_the_start_with_its_labels() {
        assertThat(lines())
                .contains(
                        "loadline_turns_total{agent=\"assistant\",origin=\"chat\",outcome=\"completed\"} 0.0",
                        "loadline_active_turns 0.0",
                        "loadline_streams 0.0",
                        "loadline_streams_stalled 0.0",
                        "loadline_ttft_seconds_bucket{agent=\"assistant\",stage=\"firstToken\",le=\"0.25\"} 0",
                        "loadline_ttft_seconds_count{agent=\"assistant\",stage=\"queued\"} 0",
                        "loadline_turn_overhead_seconds_bucket{le=\"0.005\"} 0",
                        "loadline_mailbox_depth{mailbox=\"turn\",work_class=\"interactive\"} 0.0",
                        "loadline_mailbox_oldest_seconds{mailbox=\"turn\",work_class=\"control\"} 0.0",
                        "loadline_mailbox_overloaded{mailbox=\"turn\",work_class=\"background\"} 0.0",
                        "loadline_mailbox_in_work{mailbox=\"turn\",work_class=\"interactive\"} 0.0",
                        "loadline_mailbox_wait_seconds_count{mailbox=\"turn\",work_class=\"webhook\"} 0",
                        "loadline_mailbox_refused_total{mailbox=\"turn\",reason=\"full\",work_class=\"scheduled\"} 0.0",
                        "loadline_mailbox_late_results_total{mailbox=\"turn\"} 0.0",
                        "loadline_mailbox_slots_released_twice_total{mailbox=\"turn\"} 0.0",
                        "loadline_dependency_calls_total{dependency=\"model:main\",outcome=\"rate_limited\"} 0.0",
                        "loadline_dependency_seconds_count{dependency=\"model:main\"} 0",
                        "loadline_context_tokens_count{agent=\"assistant\",part=\"kept\",source=\"history\"} 0",
                        "loadline_background_total{operation=\"retention\",outcome=\"failed\"} 0.0",
                        "loadline_background_oldest_seconds{operation=\"retention\"} 0.0",
                        "loadline_quota_refused_total{limit=\"streams\"} 0.0",
                        "loadline_connections 0.0",
                        "loadline_connections_refused_total{reason=\"descriptors\"} 0.0",
                        "loadline_connections_closed_total{reason=\"header\"} 0.0",
                        "loadline_stalled_readers_cut_total{reason=\"memory\"} 0.0",
                        "loadline_streams_refused_total{reason=\"principal\"} 0.0",
                        "loadline_memory_used 0.0",
                        "loadline_tls_reload_total{outcome=\"failed\"} 0.0",
                        "loadline_load_level 0.0",
                        "loadline_load{cause=\"heap\"} 0.0",
                        "loadline_load_looks_total 0.0",
                        "loadline_loop_blocked_total 0.0");
    }

    @Test
    void what_happened_is_counted_in_base_units() {
        AgentMeter agent = metrics.agent("assistant");
        agent.turnEnded(Origin.CHAT, TurnOutcome.COMPLETED);
        agent.stage(Stage.FIRST_TOKEN, Duration.ofMillis(200));
        agent.stage(Stage.OVERHEAD, Duration.ofMillis(4));
        var history =
                new ContextReport.Source(
                        "history", ContextReport.SourceStatus.TRIMMED, 9, 700, 500, 0, 200, 0);
        agent.context(new ContextReport(1, 600, 8000, 2, List.of(history)));
        DependencyMeter model = metrics.dependency("model:main");
        model.ended(new Outcome.Ok<>("hi"), Duration.ofMillis(300));
        model.ended(new Outcome.RateLimited<>(Duration.ZERO, "429"), Duration.ofMillis(100));
        model.ended(new Outcome.Cancelled<>("user"), Duration.ofMinutes(9));
        metrics.watchActiveTurns(() -> 7);
        metrics.watchStreams(() -> 5, () -> 2);
        assertThat(lines())
                .contains(
                        "loadline_turns_total{agent=\"assistant\",origin=\"chat\",outcome=\"completed\"} 1.0",
                        "loadline_ttft_seconds_bucket{agent=\"assistant\",stage=\"firstToken\",le=\"0.1\"} 0",
                        "loadline_ttft_seconds_bucket{agent=\"assistant\",stage=\"firstToken\",le=\"0.25\"} 1",
                        "loadline_ttft_seconds_sum{agent=\"assistant\",stage=\"firstToken\"} 0.2",
                        "loadline_turn_overhead_seconds_sum 0.004",
                        "loadline_context_tokens_sum{agent=\"assistant\",part=\"trimmed\",source=\"history\"} 200.0",
                        "loadline_dependency_calls_total{dependency=\"model:main\",outcome=\"ok\"} 1.0",
                        "loadline_dependency_seconds_sum{dependency=\"model:main\"} 0.4",
                        "loadline_active_turns 7.0",
                        "loadline_streams 5.0",
                        "loadline_streams_stalled 2.0");
    }

    @Test
    void every_outcome_has_its_own_count() {
        DependencyMeter model = metrics.dependency("model:main");
        List<Outcome<String>> all =
                List.of(
                        new Outcome.Ok<>("hi"),
                        new Outcome.TimedOut<>(""),
                        new Outcome.CutShort<>(""),
                        new Outcome.Unavailable<>(""),
                        new Outcome.ServerError<>(""),
                        new Outcome.RateLimited<>(Duration.ZERO, ""),
                        new Outcome.Exhausted<>(""),
                        new Outcome.Rejected<>(400, ""),
                        new Outcome.Cancelled<>(""),
                        new Outcome.Refused<>("open", Duration.ZERO, ""));
        for (Outcome<String> outcome : all) model.ended(outcome, Duration.ofMillis(1));
        assertThat(lines().stream().filter(line -> line.startsWith("loadline_dependency_calls")))
                .hasSize(all.size())
                .allMatch(line -> line.endsWith(" 1.0"));
    }

    @Test
    void a_mailbox_is_seen_by_class() {
        MailboxCounters turn = metrics.mailbox("turn");
        turn.watch(
                new MailboxCounters.Waiting() {
                    @Override
                    public int depth(WorkClass workClass) {
                        return workClass == WorkClass.INTERACTIVE ? 3 : 0;
                    }

                    @Override
                    public long oldestNanos(WorkClass workClass) {
                        return workClass == WorkClass.INTERACTIVE ? 1_500_000_000 : 0;
                    }

                    @Override
                    public boolean overloaded(WorkClass workClass) {
                        return workClass == WorkClass.INTERACTIVE;
                    }

                    @Override
                    public int inWork(WorkClass workClass) {
                        return workClass == WorkClass.BACKGROUND ? 2 : 0;
                    }
                });
        turn.waited(WorkClass.INTERACTIVE, 20_000_000);
        turn.refused(WorkClass.BACKGROUND, "late");
        turn.lateResult();
        turn.releasedTwice();
        assertThat(lines())
                .contains(
                        "loadline_mailbox_depth{mailbox=\"turn\",work_class=\"interactive\"} 3.0",
                        "loadline_mailbox_oldest_seconds{mailbox=\"turn\",work_class=\"interactive\"} 1.5",
                        "loadline_mailbox_overloaded{mailbox=\"turn\",work_class=\"interactive\"} 1.0",
                        "loadline_mailbox_overloaded{mailbox=\"turn\",work_class=\"webhook\"} 0.0",
                        "loadline_mailbox_in_work{mailbox=\"turn\",work_class=\"background\"} 2.0",
                        "loadline_mailbox_wait_seconds_sum{mailbox=\"turn\",work_class=\"interactive\"} 0.02",
                        "loadline_mailbox_refused_total{mailbox=\"turn\",reason=\"late\",work_class=\"background\"} 1.0",
                        "loadline_mailbox_late_results_total{mailbox=\"turn\"} 1.0",
                        "loadline_mailbox_slots_released_twice_total{mailbox=\"turn\"} 1.0");
    }

    @Test
    void no_label_is_one_that_could_name_a_person_or_a_text() {
        Set<String> labels = new TreeSet<>();
        for (String line : lines()) {
            if (!line.startsWith("loadline_")) continue;
            LABEL.matcher(line).results().forEach(found -> labels.add(found.group(1)));
        }
        assertThat(labels).isSubsetOf(LABELS);
    }

    @Test
    void vertx_and_the_jvm_are_in_it_but_not_the_event_bus() {
        Vertx vertx = VertxMetrics.builder(new VertxOptions(), prometheus.registry()).build();
        var other = new Prometheus();
        Vertx second = VertxMetrics.builder(new VertxOptions(), other.registry()).build();
        try {
            for (Vertx one : List.of(vertx, second)) {
                one.eventBus().<String>localConsumer("a", message -> message.reply("b"));
                one.eventBus().request("a", "hello").await();
                one.executeBlocking(() -> "pool").await();
            }
            assertThat(prometheus.scrape())
                    .contains("jvm_memory_used_bytes", "vertx_pool_completed_total")
                    .doesNotContain("vertx_eventbus");
            assertThat(other.scrape()).contains("jvm_memory_used_bytes", "vertx_pool");
        } finally {
            vertx.close().await();
            second.close().await();
        }
    }

    private List<String> lines() {
        return new ArrayList<>(prometheus.scrape().lines().toList());
    }
}
