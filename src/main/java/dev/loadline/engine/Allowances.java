package dev.loadline.engine;

import dev.loadline.core.Clock;
import dev.loadline.core.Principal;
import dev.loadline.core.Problem;
import dev.loadline.core.Quota;
import dev.loadline.store.TokenUse;
import dev.loadline.telemetry.Background;

import io.vertx.core.Future;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The quotas of this node. Turns of the last minute and open streams are counted in memory; tokens
 * of the day stand in the store, where a turn's end adds them, and are read again after each end,
 * and every few seconds, because other nodes spend, too. A turn under way has not spent yet, so
 * turns that run at the same time may go over the day's tokens together. Only principals with a
 * limit are known here, and only while there is something to know. Any thread.
 */
public final class Allowances implements Quotas {
    /** How the background work is called. */
    public static final String OPERATION = "quotas";

    private static final long MINUTE = Duration.ofMinutes(1).toNanos();
    private static final long FRESH = Duration.ofSeconds(10).toNanos();
    private static final long DAY_MS = Duration.ofDays(1).toMillis();
    private static final long DAYS_KEPT = 7; // only today counts; the others are for questions
    private static final long STREAM_RETRY_MS = 1_000;

    /** One principal's. */
    private static final class Account {
        final Deque<Long> begun = new ArrayDeque<>(); // monotonic; of the last minute
        int streams;
        long writes; // outcomes written so far: what was read before the newest is old
        @Nullable Figure tokens;

        void forgetUntil(long now) {
            while (!begun.isEmpty() && now - begun.getFirst() >= MINUTE) begun.removeFirst();
        }

        boolean rests(long now) {
            forgetUntil(now);
            return begun.isEmpty() && streams == 0 && (tokens == null || !tokens.fresh(now));
        }
    }

    private record Figure(long day, long tokens, long readNanos) {
        boolean fresh(long now) {
            return now - readNanos < FRESH;
        }
    }

    private final Function<Principal, Quota> limits;
    private final TokenUse store;
    private final Clock clock;
    private final Background background;
    private final Consumer<Limit> refused;
    private final Object lock = new Object();
    private final Map<Principal, Account> accounts = new HashMap<>(); // under the lock
    private long sweptNanos; // under the lock
    private long dayBegun; // under the lock; days before it need no thought any more

    /**
     * @param limits of a principal
     * @param refused hears of each refusal; any thread
     */
    public Allowances(
            Function<Principal, Quota> limits,
            TokenUse store,
            Clock clock,
            Background background,
            Consumer<Limit> refused) {
        this.limits = limits;
        this.store = store;
        this.clock = clock;
        this.background = background;
        this.refused = refused;
        this.sweptNanos = clock.nanos();
    }

    @Override
    public Quota limits(Principal principal) {
        return limits.apply(principal);
    }

    @Override
    public Future<Quota> used(Principal principal) {
        Quota quota = limits(principal);
        if (quota.tokensPerDay() == null)
            return Future.succeededFuture(counted(principal, quota, null));
        return tokensToday(principal).map(tokens -> counted(principal, quota, tokens));
    }

    private Quota counted(Principal principal, Quota quota, @Nullable Long tokens) {
        synchronized (lock) {
            Account account = account(principal);
            return new Quota(
                    quota.turnsPerMinute() == null ? null : Integer.valueOf(account.begun.size()),
                    quota.streams() == null ? null : Integer.valueOf(account.streams),
                    tokens);
        }
    }

    /** Under the lock. */
    private Account account(Principal principal) {
        long now = clock.nanos();
        if (now - sweptNanos >= MINUTE) {
            sweptNanos = now;
            accounts.values().removeIf(account -> account.rests(now));
        }
        Account account = accounts.computeIfAbsent(principal, who -> new Account());
        account.forgetUntil(now);
        return account;
    }

    // --- turns

    @Override
    public Future<Charge> turnBegins(Principal principal) {
        Quota quota = limits(principal);
        Long most = quota.tokensPerDay();
        if (most == null) return begins(principal, quota.turnsPerMinute());
        return tokensToday(principal)
                .compose(
                        used ->
                                used < most
                                        ? begins(principal, quota.turnsPerMinute())
                                        : Problems.failed(spent(most)));
    }

    private Future<Charge> begins(Principal principal, @Nullable Integer most) {
        if (most == null) return Future.succeededFuture(Charge.NONE);
        long now = clock.nanos();
        long waitNanos;
        synchronized (lock) {
            Account account = account(principal);
            if (account.begun.size() < most) {
                account.begun.addLast(now);
                return Future.succeededFuture(() -> giveBack(principal, now));
            }
            waitNanos = MINUTE - (now - account.begun.getFirst());
        }
        return Problems.failed(
                refusal(Limit.TURNS_PER_MINUTE, most, Math.ceilDiv(waitNanos, 1_000_000L)));
    }

    private void giveBack(Principal principal, long begunNanos) {
        synchronized (lock) {
            account(principal).begun.removeLastOccurrence(begunNanos);
        }
    }

    // --- tokens

    private Problem spent(long most) {
        long untilMidnight = DAY_MS - Math.floorMod(clock.millis(), DAY_MS);
        return refusal(Limit.TOKENS_PER_DAY, most, untilMidnight);
    }

    private Future<Long> tokensToday(Principal principal) {
        long day = TokenUse.dayOf(clock.millis());
        long now = clock.nanos();
        long writes;
        synchronized (lock) {
            if (day > dayBegun) dayBegins(day);
            Account account = account(principal);
            Figure known = account.tokens;
            if (known != null && known.day() == day && known.fresh(now))
                return Future.succeededFuture(known.tokens());
            writes = account.writes;
        }
        return store.used(principal, day)
                .onSuccess(tokens -> learnt(principal, writes, new Figure(day, tokens, now)))
                .recover(why -> Future.failedFuture(Problems.worded(why)));
    }

    private void dayBegins(long day) {
        dayBegun = day;
        background.run(OPERATION, () -> store.forget(day - DAYS_KEPT));
    }

    private void learnt(Principal principal, long writes, Figure figure) {
        synchronized (lock) {
            Account account = account(principal);
            if (account.writes == writes) account.tokens = figure;
        }
    }

    @Override
    public boolean countsTokens(Principal principal) {
        return limits(principal).tokensPerDay() != null;
    }

    @Override
    public void tokensWritten(Principal principal) {
        synchronized (lock) {
            Account account = account(principal);
            account.writes++;
            account.tokens = null;
        }
    }

    @Override
    public void tokensSpent(Principal principal, long tokens) {
        if (tokens == 0 || !countsTokens(principal)) return;
        long day = TokenUse.dayOf(clock.millis());
        background.run(
                OPERATION,
                () ->
                        store.add(principal, day, tokens)
                                .onComplete(done -> tokensWritten(principal)));
    }

    // --- streams

    @Override
    public @Nullable Problem streamOpens(Principal principal) {
        Integer most = limits(principal).streams();
        if (most == null) return null;
        synchronized (lock) {
            Account account = account(principal);
            if (account.streams < most) {
                account.streams++;
                return null;
            }
        }
        return refusal(Limit.STREAMS, most, STREAM_RETRY_MS);
    }

    @Override
    public void streamEnds(Principal principal) {
        if (limits(principal).streams() == null) return;
        synchronized (lock) {
            account(principal).streams--;
        }
    }

    private Problem refusal(Limit limit, long most, long waitMs) {
        refused.accept(limit);
        return Problem.of(
                        Problem.Code.QUOTA_EXCEEDED,
                        "your limit " + limit.wire() + " is " + most + ", and it is used up")
                .withRetryAfterMs(waitMs);
    }

    /** How many principals are known right now. */
    int known() {
        synchronized (lock) {
            return accounts.size();
        }
    }
}
