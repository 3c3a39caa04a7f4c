package dev.loadline.model;

import dev.loadline.core.Agent;
import dev.loadline.guard.Guard;
import dev.loadline.mailbox.HeavyWork;
import dev.loadline.mailbox.Mailbox;

import io.vertx.core.Future;
import io.vertx.core.Vertx;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The configured language models by name, each behind its guard. Models of a limit group wait in
 * one line before its gate, {@code model.<limitGroup>}; where there are several, each has one of
 * its own before its concurrency limit, {@code model.<limitGroup>.<name>}. Any thread.
 */
public final class Models {
    private final Guarding guarding;
    private final Map<String, GuardedModel> byName = new LinkedHashMap<>();
    private final List<WaitingLine> lines = new ArrayList<>();
    private final List<Supplier<Future<Void>>> closings = new ArrayList<>();

    private Models(Guarding guarding) {
        this.guarding = guarding;
    }

    /**
     * Given models, for tests and the simulation; they are their maker's to close.
     *
     * @throws IllegalArgumentException if two have the same name, or one has no guard
     */
    public static Models of(Collection<? extends LanguageModel> all, Guarding guarding) {
        var models = new Models(guarding);
        models.guard(all);
        return models;
    }

    /**
     * Makes a model of each of the settings.
     *
     * @param connections how many calls each model may have open at once; further ones wait for a
     *     connection, as many again, and what comes then is cut short
     */
    public static Models open(
            Vertx vertx,
            int connections,
            Collection<? extends ModelSettings> all,
            Guarding guarding) {
        var models = new Models(guarding);
        var watch = new CallWatch(guarding.clock(), guarding.timers());
        HeavyWork heavy = HeavyWork.on(vertx);
        List<LanguageModel> made = new ArrayList<>();
        for (ModelSettings settings : all) {
            switch (settings) {
                case RehearsalSettings rehearsal ->
                        made.add(
                                new RehearsalModel(rehearsal, guarding.clock(), guarding.timers()));
                case RemoteSettings remote -> {
                    var model =
                            new RemoteModel(
                                    remote,
                                    ModelTimeouts.of(remote.normal()),
                                    RemoteModel.clients(remote, vertx, connections),
                                    heavy,
                                    watch);
                    models.closings.add(model::close);
                    made.add(model);
                }
            }
        }
        models.guard(made);
        return models;
    }

    private void guard(Collection<? extends LanguageModel> all) {
        Map<String, List<Guard>> groups = new HashMap<>();
        for (LanguageModel model : all) {
            Guard guard = guardOf(model);
            groups.computeIfAbsent(guard.policy().limitGroup(), group -> new ArrayList<>())
                    .add(guard);
        }
        Map<String, WaitingLine> gates = new HashMap<>();
        groups.forEach((group, guards) -> gates.put(group, line("model." + group, guards)));
        for (LanguageModel model : all) add(model, groups, gates);
    }

    private Guard guardOf(LanguageModel model) {
        return guarding.guards().get(ModelGuards.name(model.name()));
    }

    private void add(
            LanguageModel model, Map<String, List<Guard>> groups, Map<String, WaitingLine> gates) {
        Guard guard = guardOf(model);
        String group = guard.policy().limitGroup();
        WaitingLine gate = Objects.requireNonNull(gates.get(group));
        boolean alone = Objects.requireNonNull(groups.get(group)).size() == 1;
        WaitingLine own =
                alone ? gate : line("model." + group + "." + model.name(), List.of(guard));
        var guarded = new GuardedModel(model, guard, gate, own);
        if (byName.put(model.name(), guarded) != null)
            throw new IllegalArgumentException("two models are named '" + model.name() + "'");
        guard.onRoom(guarded::look);
    }

    private WaitingLine line(String name, List<Guard> guards) {
        var line =
                new WaitingLine(
                        name,
                        guards,
                        guarding.clock(),
                        guarding.timers(),
                        guarding.mailboxes().apply(name));
        lines.add(line);
        return line;
    }

    /**
     * The model that answers the agent's turns: its own and, in its place, its fallbacks in order.
     *
     * @throws IllegalArgumentException if one of them is not configured
     */
    public LanguageModel forAgent(Agent agent) {
        List<String> names = new ArrayList<>();
        names.add(agent.model());
        names.addAll(agent.fallback());
        return chain(names);
    }

    LanguageModel chain(List<String> names) {
        return new ModelChain(names.stream().map(this::guarded).toList(), guarding);
    }

    /**
     * One alone, with no other in its place.
     *
     * @throws IllegalArgumentException if there is none of that name
     */
    public LanguageModel get(String name) {
        return chain(List.of(name));
    }

    private GuardedModel guarded(String name) {
        GuardedModel model = byName.get(name);
        if (model == null) throw new IllegalArgumentException("no model is named '" + name + "'");
        return model;
    }

    /** In the order of the configuration. */
    public Set<String> names() {
        return Collections.unmodifiableSet(byName.keySet());
    }

    /** The lines before the models, for readings. */
    public List<Mailbox<?, ?>> mailboxes() {
        List<Mailbox<?, ?>> all = new ArrayList<>();
        for (WaitingLine line : lines) all.add(line.mailbox());
        return all;
    }

    /** Closes every connection; calls still open end as unavailable. */
    public Future<Void> close() {
        return Future.join(closings.stream().map(Supplier::get).toList()).mapEmpty();
    }
}
