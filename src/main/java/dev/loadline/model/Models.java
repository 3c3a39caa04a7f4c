package dev.loadline.model;

import dev.loadline.core.Clock;
import dev.loadline.core.Timers;
import dev.loadline.mailbox.HeavyWork;

import io.vertx.core.Future;
import io.vertx.core.Vertx;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** The configured language models by name. Any thread. */
public final class Models {
    private final Map<String, LanguageModel> byName = new LinkedHashMap<>();
    private final List<Supplier<Future<Void>>> closings = new ArrayList<>();

    private Models() {}

    /** Given models, for tests and the simulation; they are their maker's to close. */
    public static Models of(Collection<? extends LanguageModel> all) {
        var models = new Models();
        all.forEach(models::add);
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
            Clock clock,
            Timers timers,
            int connections,
            Collection<? extends ModelSettings> all) {
        var models = new Models();
        var watch = new CallWatch(clock, timers);
        HeavyWork heavy = HeavyWork.on(vertx);
        for (ModelSettings settings : all) {
            switch (settings) {
                case RehearsalSettings rehearsal ->
                        models.add(new RehearsalModel(rehearsal, clock, timers));
                case RemoteSettings remote -> models.add(remote, vertx, connections, heavy, watch);
            }
        }
        return models;
    }

    private void add(
            RemoteSettings settings,
            Vertx vertx,
            int connections,
            HeavyWork heavy,
            CallWatch watch) {
        var clients = RemoteModel.clients(settings, vertx, connections);
        var timeouts = ModelTimeouts.of(settings.normal());
        var model = new RemoteModel(settings, timeouts, clients, heavy, watch);
        closings.add(model::close);
        add(model);
    }

    private void add(LanguageModel model) {
        if (byName.put(model.name(), model) != null)
            throw new IllegalArgumentException("two models are named '" + model.name() + "'");
    }

    /**
     * @throws IllegalArgumentException if there is none of that name
     */
    public LanguageModel get(String name) {
        LanguageModel model = byName.get(name);
        if (model == null) throw new IllegalArgumentException("no model is named '" + name + "'");
        return model;
    }

    /** In the order of the configuration. */
    public Set<String> names() {
        return Collections.unmodifiableSet(byName.keySet());
    }

    /** Closes every connection; calls still open end as unavailable. */
    public Future<Void> close() {
        return Future.join(closings.stream().map(Supplier::get).toList()).mapEmpty();
    }
}
