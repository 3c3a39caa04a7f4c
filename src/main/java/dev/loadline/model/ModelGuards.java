package dev.loadline.model;

import dev.loadline.guard.DependencyKind;
import dev.loadline.guard.GuardPolicy;

import java.net.URI;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Pattern;

/** How models are guarded. */
public final class ModelGuards {
    /** Read as text: nobody is asked where a name leads. */
    private static final Pattern PRIVATE =
            Pattern.compile(
                    "localhost|.*\\.(localhost|local|internal|lan)|[^.:]+"
                            + "|127\\..*|10\\..*|192\\.168\\..*|169\\.254\\..*"
                            + "|172\\.(1[6-9]|2\\d|3[01])\\..*"
                            + "|::1|f[cd][0-9a-f]{2}:.*|fe[89ab][0-9a-f]:.*");

    private ModelGuards() {}

    /** What a model's guard is called. */
    public static String name(String model) {
        return "model:" + model;
    }

    /**
     * One for each model.
     *
     * @param settings what an operator set, by the guard's name
     */
    public static List<GuardPolicy> policies(
            Collection<? extends ModelSettings> all,
            Function<String, GuardPolicy.Settings> settings) {
        return all.stream().map(one -> policy(one, settings.apply(name(one.name())))).toList();
    }

    private static GuardPolicy policy(ModelSettings model, GuardPolicy.Settings settings) {
        ModelSettings.Normal normal =
                switch (model) {
                    case RemoteSettings remote -> remote.normal();
                    case RehearsalSettings rehearsal -> normal(rehearsal);
                };
        return new GuardPolicy(
                name(model.name()),
                DependencyKind.MODEL,
                true,
                model.limitGroup(),
                normal.firstToken(),
                normal.gap(),
                model instanceof RemoteSettings remote && isNearby(remote.url()),
                true,
                model instanceof RehearsalSettings ? unlimited(settings) : settings);
    }

    /** It says its first word as soon as any other. */
    private static ModelSettings.Normal normal(RehearsalSettings rehearsal) {
        Duration pace = rehearsal.pace();
        return pace.isZero()
                ? ModelSettings.Normal.DEFAULT
                : new ModelSettings.Normal(ModelSettings.Normal.DEFAULT.firstToken(), pace);
    }

    /** It takes as many calls as there may be turns, unless an operator wants to see it full. */
    private static GuardPolicy.Settings unlimited(GuardPolicy.Settings settings) {
        if (settings.concurrency() > 0) return settings;
        return new GuardPolicy.Settings(
                settings.timeoutFactor(),
                settings.retryBudget(),
                settings.ceiling(),
                settings.ceiling());
    }

    /** On this machine or a private network. */
    static boolean isNearby(String url) {
        String host = URI.create(url).getHost().toLowerCase(Locale.ROOT);
        if (host.startsWith("[")) host = host.substring(1, host.length() - 1);
        return PRIVATE.matcher(host).matches();
    }
}
