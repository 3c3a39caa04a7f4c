package dev.loadline.sim;

import dev.loadline.core.Outcome;
import dev.loadline.core.Usage;
import dev.loadline.model.LanguageModel;
import dev.loadline.model.ModelAnswer;
import dev.loadline.model.ModelCall;
import dev.loadline.model.ModelListener;
import dev.loadline.model.ModelRequest;
import dev.loadline.model.ModelTimeouts;
import dev.loadline.sim.SimProvider.Fate;
import dev.loadline.sim.SimProvider.Half;

import io.vertx.core.Future;
import io.vertx.core.Promise;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/**
 * A node's client of a provider, whose model never says the same twice, stutters, cuts emoji in
 * halves, and sometimes fails or hangs.
 */
final class SimModel implements LanguageModel {
    private static final Duration HANG_UP = Duration.ofMillis(3);
    private static final Duration CLOSE_LOOK = Duration.ofMillis(20);
    private static final ModelTimeouts LONG =
            new ModelTimeouts(Duration.ofSeconds(60), Duration.ofSeconds(60));

    private final Simulation sim;
    private final SimWorld world;
    private final SimWorld.Place place;
    private final Faults faults;
    private final SimProvider provider;
    private final ModelWatch watch;

    SimModel(Simulation sim, SimWorld.Place place, SimProvider provider, ModelWatch watch) {
        this.sim = sim;
        this.world = sim.world;
        this.place = place;
        this.faults = sim.faults;
        this.provider = provider;
        this.watch = watch;
    }

    @Override
    public String name() {
        return provider.model;
    }

    @Override
    public boolean rehearsal() {
        return true;
    }

    @Override
    public @Nullable Double cost(long input, long cached, long output) {
        return null;
    }

    @Override
    public ModelCall stream(ModelRequest request, ModelListener listener) {
        sim.promises().prompted(request);
        var call = new Call(listener, request);
        watch.asked(call, provider, request);
        world.at(place, world.between(1, 20), "model sent", call::sent);
        return call;
    }

    private final class Call implements ModelCall, SimProvider.Caller {
        private final ModelListener listener;
        private final ModelRequest request;
        private final boolean fails = world.chance(faults.modelFails());
        private final StringBuilder said = new StringBuilder();
        private int left = 1 + world.random.nextInt(faults.longest());
        private Fate fate = SimProvider.WELL;
        private int half;
        private int stretch = 1;
        private long lastNanos; // when it was sent, or spoke last
        private final Promise<Void> closed = Promise.promise();
        private boolean begun;
        private boolean over;

        Call(ModelListener listener, ModelRequest request) {
            this.listener = listener;
            this.request = request;
        }

        @Override
        public boolean gone() {
            return over || place.dead();
        }

        private void sent() {
            if (over) return;
            fate = provider.takes(this);
            lastNanos = world.nanos();
            if (fate instanceof Fate.Unreachable) {
                later("no connection", () -> end(new Outcome.Unavailable<>("refused")));
                return;
            }
            watch.sent(this);
            listener.sent();
            if (over) return;
            lookAfter(bound());
            switch (fate) {
                case Fate.Unreachable never -> throw new IllegalStateException();
                case Fate.Hangs silence -> {}
                case Fate.Fails(var why) -> later("model refuses", () -> end(why));
                case Fate.Answers(long firstMs, int slower, Half end) -> {
                    stretch = slower;
                    half = end == Half.NOTHING ? -1 : left / 2;
                    next(firstMs);
                }
            }
        }

        private void later(String what, Runnable then) {
            Duration wait =
                    Duration.ofMillis(1 + Math.floorMod(request.turn().value().hashCode(), 30));
            world.at(place, wait, what, then);
        }

        // --- its time-outs, as a real client keeps them

        private Duration bound() {
            ModelTimeouts its = request.timeouts() == null ? LONG : request.timeouts();
            Duration most = begun ? its.gap() : its.firstEvent();
            Duration silent = Duration.ofNanos(world.nanos() - lastNanos);
            Duration left = request.deadline().left(world);
            Duration mine = most.minus(silent);
            return left.compareTo(mine) < 0 ? left : mine;
        }

        private void lookAfter(Duration wait) {
            long due = world.elapsed() + wait.toNanos();
            world.at(place, wait, "model silent?", () -> look(due));
        }

        private void look(long due) {
            if (over) return;
            Duration left = bound();
            if (left.isPositive()) {
                lookAfter(left);
            } else if (world.elapsed() - due > CLOSE_LOOK.toNanos()) {
                lookAfter(Duration.ofMillis(1)); // we stood still: what has come meanwhile counts
            } else if (request.deadline().passed(world.nanos())) {
                end(new Outcome.CutShort<>("the deadline has passed"));
            } else {
                world.saw(begun ? "a gap timed out" : "a first token timed out");
                end(new Outcome.TimedOut<>("silent"));
            }
        }

        // --- the answer

        private void next(long firstMs) {
            Duration gap = world.between(1, world.chance(0.05) ? 4_000 : faults.gapMs());
            world.at(place, gap.multipliedBy(stretch).plusMillis(firstMs), "model", this::say);
        }

        private void say() {
            if (over) return;
            if (!begun) {
                provider.spoke();
                watch.spoke(this);
            }
            begun = true;
            lastNanos = world.nanos();
            if (half == left && ((Fate.Answers) fate).end() == Half.STALL) return;
            if (half == left) {
                world.saw("cut in mid-answer");
                end(new Outcome.Unavailable<>("the answer was cut off"));
                return;
            }
            if (left-- > 0) {
                word();
                if (left == 0) sim.interrupts(request.turn());
                if (!over) next(0);
                return;
            }
            if (fails) {
                world.saw("model failed");
                end(new Outcome.Unavailable<>("the connection was cut"));
            } else {
                sim.promises().answered(request, said.toString());
                var usage = new Usage(request.prompt().tokens(), 0, 20, 0, null, 1, null);
                end(new Outcome.Ok<>(new ModelAnswer(ModelAnswer.Reason.STOP, usage)));
            }
        }

        private void word() {
            String word = Integer.toString(world.random.nextInt(100_000), 36);
            if (world.chance(0.1)) listener.reasoning("(" + word + ")");
            else if (world.chance(0.2)) {
                text(word + "\ud83d");
                if (!over) text(world.chance(0.8) ? "\ude00 " : "? ");
            } else text(word + " ");
        }

        private void text(String delta) {
            said.append(delta);
            listener.text(delta);
        }

        private void end(Outcome<ModelAnswer> outcome) {
            if (over) return;
            over = true;
            watch.ended(this, outcome);
            hangUp(outcome instanceof Outcome.TimedOut || outcome instanceof Outcome.CutShort);
            listener.ended(outcome);
        }

        /** What is not over at the provider's is so a moment after we have left. */
        private void hangUp(boolean late) {
            if (late) {
                world.at(place, HANG_UP, "model hung up", () -> hangUp(false));
            } else {
                watch.closed(this);
                closed.complete();
            }
        }

        @Override
        public Future<Void> closed() {
            return closed.future();
        }

        @Override
        public void cancel() {
            if (over) return;
            over = true;
            watch.cancelled(this);
            hangUp(true);
        }
    }
}
