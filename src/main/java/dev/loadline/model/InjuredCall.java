package dev.loadline.model;

import static java.util.Objects.requireNonNull;

import dev.loadline.core.Outcome;
import dev.loadline.core.Timers;
import dev.loadline.guard.Injury;
import dev.loadline.guard.ProviderLimits;

import io.vertx.core.Future;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * A call with which something goes wrong on purpose. What the model says is passed on later, in
 * order; what it says too late for the call's time-outs is not passed on, as if the model had been
 * silent. A hang or an error asks no model at all. On the call's loop.
 */
final class InjuredCall implements ModelCall, ModelListener {
    private static final Duration SOONEST = Duration.ofMillis(1);

    /** Something to tell, and when. */
    private record Due(long atNanos, Runnable told) {}

    private final LanguageModel model;
    private final ModelRequest request;
    private final ModelListener listener;
    private final Injury injury;
    private final Guarding guarding;
    private final ModelTimeouts timeouts;
    private final Queue<Due> dues = new ArrayDeque<>(); // as long as an answer at most
    private @Nullable ModelCall call;
    private Timers.@Nullable Timer timer;
    private long heardNanos; // when the model spoke last, or the request was sent
    private long saidNanos; // when what it said then is passed on
    private boolean begun;
    private boolean closing; // its end is decided
    private boolean over;
    private int parts;

    InjuredCall(
            LanguageModel model,
            ModelRequest request,
            ModelListener listener,
            Injury injury,
            Guarding guarding) {
        this.model = model;
        this.request = request;
        this.listener = listener;
        this.injury = injury;
        this.guarding = guarding;
        this.timeouts = requireNonNull(request.timeouts(), "a guarded call has time-outs");
    }

    void start() {
        if (injury.outcome() == null && !injury.hangs()) call = model.stream(request, this);
        else timer = guarding.timers().after(SOONEST, this::pretend);
    }

    /** The request is as good as sent. */
    private void pretend() {
        timer = null;
        listener.sent();
        if (over) return;
        sentAt(now());
        Outcome.Failed<Object> outcome = injury.outcome();
        if (outcome != null) say(() -> end(Reasons.inWords(outcome, outcome.detail())), true);
        else silence(saidNanos + timeouts.firstEvent().toNanos(), "no first event");
    }

    // --- what the model says

    @Override
    public void sent() {
        sentAt(now());
        listener.sent();
    }

    private void sentAt(long now) {
        heardNanos = now;
        saidNanos = now;
    }

    @Override
    public void works() {
        part(listener::works);
    }

    @Override
    public void text(String delta) {
        part(() -> listener.text(delta));
    }

    @Override
    public void reasoning(String delta) {
        part(() -> listener.reasoning(delta));
    }

    private void part(Runnable told) {
        if (closing) return;
        if (injury.cutAfter() >= 0 && parts++ >= injury.cutAfter()) {
            say(() -> end(new Outcome.Unavailable<>("a drill cut the answer off")), true);
        } else {
            say(told, false);
        }
    }

    @Override
    public void limits(ProviderLimits limits) {
        listener.limits(limits);
    }

    @Override
    public void ended(Outcome<ModelAnswer> outcome) {
        if (!closing) say(() -> end(outcome), true);
    }

    // --- when it is passed on

    private void say(Runnable told, boolean last) {
        long now = now();
        long silent = Math.max(0, now - heardNanos);
        long wait = begun ? (long) (silent * injury.stretch()) : silent + injury.delay().toNanos();
        Duration atMost = begun ? timeouts.gap() : timeouts.firstEvent();
        heardNanos = now;
        if (wait > atMost.toNanos()) {
            silence(saidNanos + atMost.toNanos(), begun ? "no event" : "no first event");
            return;
        }
        begun = true;
        closing = last;
        saidNanos += wait;
        add(saidNanos, told);
    }

    private void silence(long atNanos, String what) {
        closing = true;
        add(atNanos, () -> end(new Outcome.TimedOut<>(what + " in time, by a drill")));
    }

    private void add(long atNanos, Runnable told) {
        boolean late = request.deadline().atNanos() - atNanos <= 0;
        if (late) {
            closing = true;
            dues.add(
                    new Due(
                            request.deadline().atNanos(),
                            () -> end(new Outcome.CutShort<>("the deadline passed"))));
        } else {
            dues.add(new Due(atNanos, told));
        }
        if (timer == null) tell();
    }

    private void tell() {
        timer = null;
        while (!over) {
            Due next = dues.peek();
            if (next == null) return;
            long left = next.atNanos - now();
            if (left > 0) {
                timer = guarding.timers().after(Duration.ofNanos(left), this::tell);
                return;
            }
            dues.remove();
            next.told.run();
        }
    }

    // --- the end

    private void end(Outcome<ModelAnswer> outcome) {
        if (over) return;
        cancel();
        listener.ended(outcome);
    }

    @Override
    public void cancel() {
        if (over) return;
        over = true;
        dues.clear();
        if (timer != null) timer.cancel();
        if (call != null) call.cancel();
    }

    @Override
    public long longestGapNanos() {
        return call == null ? 0 : call.longestGapNanos();
    }

    @Override
    public Future<Void> closed() {
        return call == null ? Future.succeededFuture() : call.closed();
    }

    private long now() {
        return guarding.clock().nanos();
    }
}
