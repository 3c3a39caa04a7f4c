package dev.loadline.load.process;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * How a Loadline server is set up for a run; immutable. What is not said is the server's default.
 * Where there are users there is an operator, too, for the readings.
 */
public final class LoadlineConfig {
    static final String OPERATOR = "load/operator";

    private final List<String> users;
    private final List<String> load;
    private final List<String> quotas;
    private final List<String> jvmOptions;
    private final List<String> more;

    private LoadlineConfig(
            List<String> users,
            List<String> load,
            List<String> quotas,
            List<String> jvmOptions,
            List<String> more) {
        this.users = users;
        this.load = load;
        this.quotas = quotas;
        this.jvmOptions = jvmOptions;
        this.more = more;
    }

    /** Everyone is {@code local/dev}, everything else is the default; 1 GiB of heap. */
    public static LoadlineConfig defaults() {
        return new LoadlineConfig(List.of(), List.of(), List.of(), List.of("-Xmx1g"), List.of());
    }

    /** Turns that may run at once. */
    public LoadlineConfig slots(int slots) {
        return new LoadlineConfig(
                users, and(load, "activeTurns: " + slots), quotas, jvmOptions, more);
    }

    /** How long a message may wait for a slot, as in the file: {@code 250ms}. */
    public LoadlineConfig admissionWait(String wait) {
        return new LoadlineConfig(
                users, and(load, "admissionWait: " + wait), quotas, jvmOptions, more);
    }

    /** One more {@code tenant/user} with a key, which is {@link #keyOf}. */
    public LoadlineConfig user(String principal) {
        return new LoadlineConfig(and(users, principal), load, quotas, jvmOptions, more);
    }

    /** One line under {@code quotas:}, such as {@code default: { streams: 20 }}. */
    public LoadlineConfig quota(String line) {
        return new LoadlineConfig(users, load, and(quotas, line), jvmOptions, more);
    }

    /** One more option for Java; the last one wins. */
    public LoadlineConfig jvm(String option) {
        return new LoadlineConfig(users, load, quotas, and(jvmOptions, option), more);
    }

    /** More of the file, at its top level; not {@code server, store, models, agents}. */
    public LoadlineConfig yaml(String text) {
        return new LoadlineConfig(users, load, quotas, jvmOptions, and(more, text));
    }

    /** The API key of a principal of {@link #user}. */
    public static String keyOf(String principal) {
        return "key-of-" + principal.replace('/', '-');
    }

    List<String> jvmOptions() {
        return jvmOptions;
    }

    boolean hasKeys() {
        return !users.isEmpty();
    }

    /** The file, with a model behind this URL. */
    String yamlFor(String modelUrl) {
        StringBuilder file = new StringBuilder();
        file.append("server: { host: 127.0.0.1, port: 0, drainGrace: 2s }\n");
        file.append("store: { url: \"sqlite:loadline.db\" }\n");
        if (!load.isEmpty()) section(file, "load", load);
        if (!quotas.isEmpty()) section(file, "quotas", quotas);
        if (hasKeys()) {
            file.append("auth:\n  keys:\n");
            for (String user : users) file.append(key(user, "user"));
            file.append(key(OPERATOR, "user, operator"));
        }
        // A model on loopback begins with four calls at once.
        file.append("guard: { default: { concurrency: 10000 } }\n");
        file.append("models:\n  main: { provider: openai, url: \"" + modelUrl + "\", ");
        file.append("apiKey: none, model: stand-in }\n");
        file.append("agents:\n  assistant: { model: main, instructions: ");
        file.append("You are a helpful assistant. }\n");
        for (String text : more) file.append(text).append('\n');
        return file.toString();
    }

    private static void section(StringBuilder file, String name, List<String> lines) {
        file.append(name).append(":\n");
        for (String line : lines) file.append("  ").append(line).append('\n');
    }

    private static String key(String principal, String roles) {
        return "    - { sha256: \"%s\", principal: %s, roles: [%s] }\n"
                .formatted(sha256(keyOf(principal)), principal, roles);
    }

    private static String sha256(String text) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<String> and(List<String> some, String one) {
        List<String> all = new ArrayList<>(some);
        all.add(one);
        return List.copyOf(all);
    }
}
