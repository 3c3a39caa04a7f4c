package dev.loadline.guard;

import dev.loadline.core.Clock;
import dev.loadline.core.Outcome;
import dev.loadline.core.Timers;

import io.vertx.core.Future;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * Makes single calls (a request, an answer) through one guard: asks for leave, stands in line where
 * the guard says so, keeps the attempt's time-out, tells the guard how it ended, tries again where
 * the guard allows it. Knows nothing of what is called. Any thread.
 *
 * <p>Who calls has an answer by the deadline of its {@link Ask}, or at once where the guard
 * refuses. An attempt that the deadline overtakes goes on to its own time-out: the guard hears how
 * it really ended, and the caller what it gave after all. Of a dependency that is cut off, a
 * refused call's copy is made as the probe when one is due, and nobody waits for it.
 *
 * <p>Bounds: {@value #LINE_MAX} calls stand in line, none longer than its deadline; attempts at
 * once are the guard's to limit.
 */
public final class GuardedCalls {
    private static final int LINE_MAX = 1000;

    /** One way to make the call, once or again. */
    @FunctionalInterface
    public interface Attempt<T> {
        /**
         * Begins one, on the caller's executor. It must end by itself if it can't be sent.
         *
         * @return gives it up; nothing is heard of it after that
         */
        Runnable begin(Progress<T> heard);
    }

    /** How an attempt goes; told on the caller's executor. */
    public interface Progress<T> {
        /** The request is written: from here on the time counts. */
        void sent();

        /** Once; what comes after it is not heard. */
        void ended(Outcome<T> outcome);
    }

    final Guard guard;
    final Clock clock;
    final Timers timers;
    private final ArrayDeque<GuardedCall<?>> line = new ArrayDeque<>(); // under its own lock

    /** One for a guard: it takes {@link Guard#onRoom} for itself. */
    public GuardedCalls(Guard guard, Clock clock, Timers timers) {
        this.guard = guard;
        this.clock = clock;
        this.timers = timers;
        guard.onRoom(this::roomCame);
    }

    public Guard guard() {
        return guard;
    }

    /**
     * Makes a call. Asked on the thread that {@code home} runs things on.
     *
     * @param home the caller's event loop: attempts are begun and answers told there
     * @param late takes the answer of an attempt that was overtaken by the deadline, or of a probe
     * @return never fails; {@link Outcome.CutShort}: the deadline came first
     */
    public <T> Future<Outcome<T>> run(
            Ask ask, Executor home, Attempt<T> attempt, Consumer<T> late) {
        return new GuardedCall<>(this, ask, home, attempt, late).start();
    }

    /** False: the line is full. Who comes back from a fruitless try goes to its head. */
    boolean stand(GuardedCall<?> call, boolean again) {
        synchronized (line) {
            if (line.size() >= LINE_MAX) return false;
            if (again) line.addFirst(call);
            else line.addLast(call);
            return true;
        }
    }

    boolean isFirst(GuardedCall<?> call) {
        synchronized (line) {
            return line.peekFirst() == call;
        }
    }

    void leave(GuardedCall<?> call) {
        synchronized (line) {
            line.remove(call);
        }
    }

    private void roomCame() {
        wake(guard.room());
    }

    /** Who waits would be refused, too: let them hear it. */
    void cutOff() {
        wake(LINE_MAX);
    }

    private void wake(int atMost) {
        List<GuardedCall<?>> woken = new ArrayList<>();
        synchronized (line) {
            while (woken.size() < atMost && !line.isEmpty()) woken.add(line.removeFirst());
        }
        woken.forEach(GuardedCall::woken);
    }

    /** How many stand in line. */
    public int waiting() {
        synchronized (line) {
            return line.size();
        }
    }

    /** A time-out of {@code length} from now; after a pause of our own it looks once more. */
    Alarm alarm(Duration length, Runnable ring) {
        return new Alarm(clock, timers, length, ring);
    }
}
