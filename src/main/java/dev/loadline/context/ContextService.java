package dev.loadline.context;

import dev.loadline.core.Agent;
import dev.loadline.core.Clock;
import dev.loadline.core.ContextReport;
import dev.loadline.mailbox.MailboxPolicy;
import dev.loadline.mailbox.Service;
import dev.loadline.mailbox.Slot;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/**
 * Does context tasks: small ones at once, on the loop that brought them; those with more than 32
 * KiB of text that was not counted before on a worker (a token takes about 0.3 µs, a hard one 2).
 * An agent's sources are asked first; a task of an agent that has none does nothing for that. Any
 * thread.
 */
public final class ContextService implements Service<ContextTask, ContextTask.Answer> {
    /** The worker's pool, as it is named in Vert.x's metrics. */
    public static final String POOL = "loadline-context";

    /** A turn's own work: refused only by its deadline or a full box. */
    public static final MailboxPolicy POLICY = MailboxPolicy.untilDeadline(2000, 64);

    private static final int POOL_SIZE = 2;
    private static final long SLOW_SECONDS = 5; // Vert.x warns of a blocked worker after it
    private static final int ON_LOOP_MAX = 32 * 1024;
    private static final int REMEMBERED = 20_000;

    private final Tokenizer tokenizer;
    private final Clock clock;
    private final Worker worker;
    private final Ledger ledger;
    private final Sources sources;

    public ContextService(Tokenizer tokenizer, Clock clock, Worker worker, Ledger ledger) {
        this(tokenizer, clock, worker, ledger, Sources.none());
    }

    public ContextService(
            Tokenizer tokenizer, Clock clock, Worker worker, Ledger ledger, Sources sources) {
        this.tokenizer = Tokenizer.remembering(tokenizer, REMEMBERED);
        this.clock = clock;
        this.worker = worker;
        this.ledger = ledger;
        this.sources = sources;
    }

    /**
     * The address's mailbox. While a turn's sources are waited for it holds a slot, so with sources
     * there is one for every turn: one slow source must not hold up who asks another.
     */
    public static MailboxPolicy policy(Collection<Agent> agents, int activeTurns) {
        boolean asks = agents.stream().anyMatch(agent -> !agent.sources().isEmpty());
        return asks
                ? MailboxPolicy.untilDeadline(
                        POLICY.capacity(), Math.max(POLICY.concurrency(), activeTurns))
                : POLICY;
    }

    /**
     * One for a node, as soon as the tokenizer is loaded, with a worker pool of its own, which is
     * closed with {@code vertx}.
     */
    public static Future<ContextService> open(
            Vertx vertx, CompletionStage<Tokenizer> tokenizer, Clock clock, Ledger ledger) {
        return open(vertx, tokenizer, clock, ledger, Sources.none());
    }

    /** Likewise; the sources are their maker's to close. */
    public static Future<ContextService> open(
            Vertx vertx,
            CompletionStage<Tokenizer> tokenizer,
            Clock clock,
            Ledger ledger,
            Sources sources) {
        WorkerExecutor pool =
                vertx.createSharedWorkerExecutor(POOL, POOL_SIZE, SLOW_SECONDS, TimeUnit.SECONDS);
        return Future.fromCompletionStage(tokenizer)
                .map(loaded -> new ContextService(loaded, clock, Worker.on(pool), ledger, sources));
    }

    @Override
    public Future<ContextTask.Answer> handle(ContextTask task, Slot slot) {
        if (task instanceof ContextTask.Assemble assemble) return assemble(assemble);
        if (Assembler.work(task, tokenizer) > ON_LOOP_MAX) return worker.run(() -> counted(task));
        return Future.succeededFuture(counted(task));
    }

    private Future<ContextTask.Answer> assemble(ContextTask.Assemble task) {
        long began = clock.nanos();
        Asking asking = task.asking();
        return asking == null || task.agent().sources().isEmpty()
                ? assemble(task, List.of(), began)
                : sources.gather(task.agent(), asking)
                        .compose(gathered -> assemble(task, gathered, began));
    }

    private Future<ContextTask.Answer> assemble(
            ContextTask.Assemble task, List<Gathered> gathered, long began) {
        long work = Assembler.work(task, tokenizer) + DataBlock.work(gathered, tokenizer);
        return work > ON_LOOP_MAX
                ? worker.run(() -> assembled(task, gathered, began))
                : Future.succeededFuture(assembled(task, gathered, began));
    }

    private ContextTask.Answer counted(ContextTask task) {
        return switch (task) {
            case ContextTask.Assemble assemble -> Assembler.assemble(assemble, tokenizer);
            case ContextTask.Measure measure -> Assembler.measure(measure, tokenizer);
            case ContextTask.Count(String text, String reasoning) ->
                    new ContextTask.Answer.Counted(
                            tokenizer.count(text), tokenizer.count(reasoning));
        };
    }

    private ContextTask.Answer assembled(
            ContextTask.Assemble task, List<Gathered> gathered, long began) {
        ContextTask.Answer.Assembled made = Assembler.assemble(task, gathered, tokenizer);
        long ms = TimeUnit.NANOSECONDS.toMillis(clock.nanos() - began);
        ContextReport bare = made.report();
        var report =
                new ContextReport(bare.step(), bare.tokens(), bare.budget(), ms, bare.sources());
        ledger.assembled(task.agent(), report);
        return new ContextTask.Answer.Assembled(made.prompt(), report);
    }
}
