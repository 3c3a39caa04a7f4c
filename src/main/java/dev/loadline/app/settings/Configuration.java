package dev.loadline.app.settings;

import dev.loadline.core.Agent;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Reads the configuration: the main file, and the agents beside it. Blocks on the disk. */
public final class Configuration {
    /** The main file that is read, if it is there, where none is named. */
    public static final Path DEFAULT_FILE = Path.of("conf", "loadline.yaml");

    private static final int FILE_BYTES_MAX = 1 << 20;

    private final Path workingDirectory;
    private final Map<String, String> environment;
    private final Variables variables;
    private final Errors errors = new Errors();
    private final List<String> files = new ArrayList<>();

    private Configuration(Path workingDirectory, Map<String, String> environment) {
        this.workingDirectory = workingDirectory;
        this.environment = environment;
        this.variables = new Variables(environment);
    }

    /** What the command line says over the file; null where it says nothing. */
    public record Overrides(@Nullable String host, @Nullable Integer port) {
        public static final Overrides NONE = new Overrides(null, null);
    }

    /**
     * Reads everything and tells every error at once; throws nothing.
     *
     * @param workingDirectory what relative paths are against
     * @param file the main file; null for {@link #DEFAULT_FILE}, which need not be there
     * @param environment where variables come from
     */
    public static Loaded load(
            Path workingDirectory,
            @Nullable Path file,
            Overrides overrides,
            Map<String, String> environment) {
        return new Configuration(workingDirectory, environment).load(file, overrides);
    }

    private Loaded load(@Nullable Path named, Overrides overrides) {
        Path file = named == null ? DEFAULT_FILE : named;
        boolean mayBeMissing = named == null && Files.notExists(workingDirectory.resolve(file));
        Yaml.Mapping main = mayBeMissing ? new Yaml.Mapping(1, Map.of()) : read(file);
        var place = new Place(file.toString(), List.of(), 0);
        var root = new Section(errors, place, 1, main.entries());

        boolean auth = AuthReader.asked(root, environment);
        ServerSettings server =
                overridden(ServerReader.server(root, auth, workingDirectory), auth, overrides);
        QuotaSettings quotas = QuotaReader.read(root);
        AuthSettings keys = AuthReader.read(root, errors, environment);
        StoreSettings store = ServerReader.store(root);
        LoadSettings load = ServerReader.load(root);
        TtftSettings ttft = ServerReader.ttft(root);
        Map<String, ModelEntry> models = ModelReader.read(root);
        Map<String, Agent> agents = agents(root, file, models);
        GuardSettings guard =
                GuardReader.read(root, dependencies(models, agents), load.activeTurns());
        ServerReader.off(root);
        root.finish();
        if (!errors.isEmpty()) return new Loaded.Invalid(errors.inOrder());
        return new Loaded.Ok(
                new Settings(server, keys, quotas, store, load, guard, models, ttft, agents, false),
                files);
    }

    /** All that have a guard, in the order of the file. */
    private static Set<String> dependencies(
            Map<String, ModelEntry> models, Map<String, Agent> agents) {
        Set<String> names = new LinkedHashSet<>();
        if (models.isEmpty()) names.add("model:" + Settings.BUILT_IN_MODEL);
        for (String model : models.keySet()) names.add("model:" + model);
        for (Agent agent : agents.values())
            for (Agent.HttpSource source : agent.sources()) names.add("source:" + source.name());
        return names;
    }

    private ServerSettings overridden(ServerSettings server, boolean auth, Overrides overrides) {
        String host = server.host();
        int port = server.port();
        if (overrides.host() != null) host = ServerReader.host(overrides.host());
        if (overrides.port() != null) {
            if (overrides.port() >= 0 && overrides.port() <= 65_535) port = overrides.port();
            else errors.add("--port", 0, "", "must be 0..65535");
        }
        if (host.isBlank()) {
            errors.add("--host", 0, "", "must not be empty");
            return server;
        }
        ManagementSettings management = server.management();
        if (management != null && port != 0 && port == management.port()) {
            errors.add("--port", 0, "", "must differ from server.management.port");
            return server;
        }
        ServerSettings result = server.at(host, port);
        if (overrides.host() != null && !auth && !result.isLoopback())
            errors.add("--host", 0, "", AuthReader.NEEDED);
        return result;
    }

    private Map<String, Agent> agents(Section root, Path file, Map<String, ModelEntry> models) {
        Map<String, Section> sections = root.named("agents");
        for (String name : sections.keySet())
            if (!Names.AGENT.matcher(name).matches())
                root.section("agents").refuse(name, Names.AGENT_RULE);
        Map<String, Section> besides = new LinkedHashMap<>();
        for (Path agentFile : agentFiles(file)) {
            String name = agentFile.getFileName().toString().replaceFirst("\\.ya?ml$", "");
            Section here =
                    new Section(errors, besidePlace(agentFile, name), 1, read(agentFile).entries());
            Section there = sections.get(name);
            if (there != null)
                errors.add(
                        agentFile.toString(),
                        1,
                        "",
                        "the agent %s is in %s:%d, too, remove one of them"
                                .formatted(name, there.file(), there.line()));
            if (!Names.AGENT.matcher(name).matches())
                errors.add(agentFile.toString(), 1, "", Names.AGENT_RULE);
            besides.put(name, here);
        }
        Map<String, Agent> agents = new LinkedHashMap<>();
        var sources = new SourceReader();
        sections.forEach(
                (name, keys) ->
                        agents.put(name, AgentReader.read(name, keys, models.keySet(), sources)));
        besides.forEach(
                (name, keys) -> {
                    agents.put(name, AgentReader.read(name, keys, models.keySet(), sources));
                    keys.finish();
                });
        if (agents.isEmpty()) {
            String name = AgentReader.DEFAULT_NAME;
            var nothing = new Section(errors, besidePlace(file, name), 1, Map.of());
            agents.put(name, AgentReader.read(name, nothing, models.keySet(), sources));
        }
        return agents;
    }

    private static Place besidePlace(Path file, String agent) {
        return new Place(file.toString(), List.of("agents", agent), 2);
    }

    /** By name. A file that would be overlooked for its ending is an error. */
    private List<Path> agentFiles(Path main) {
        Path directory = main.resolveSibling("agents");
        List<Path> found = new ArrayList<>();
        if (!Files.isDirectory(workingDirectory.resolve(directory))) return found;
        try (Stream<Path> inside = Files.list(workingDirectory.resolve(directory))) {
            for (Path each : inside.sorted().toList()) {
                Path shown = directory.resolve(each.getFileName());
                String name = each.getFileName().toString();
                if (name.endsWith(".yaml")) found.add(shown);
                else if (name.endsWith(".yml"))
                    errors.add(shown.toString(), 0, "", "would not be read, end its name in .yaml");
            }
        } catch (IOException unreadable) {
            errors.add(directory.toString(), 0, "", "can't be listed");
        }
        return found;
    }

    private Yaml.Mapping read(Path file) {
        var nothing = new Yaml.Mapping(1, Map.of());
        Path path = workingDirectory.resolve(file);
        if (!Files.isRegularFile(path)) {
            String what = Files.exists(path) ? "is not a file" : "there is no such file";
            errors.add(file.toString(), 0, "", what);
            return nothing;
        }
        try {
            if (Files.size(path) > FILE_BYTES_MAX) {
                errors.add(file.toString(), 0, "", "is larger than 1MiB");
                return nothing;
            }
            String text =
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(ByteBuffer.wrap(Files.readAllBytes(path)))
                            .toString();
            files.add(file.toString());
            return YamlFile.read(file.toString(), text, variables, errors);
        } catch (CharacterCodingException wrong) {
            errors.add(file.toString(), 0, "", "is not UTF-8");
        } catch (IOException unreadable) {
            errors.add(file.toString(), 0, "", "can't be read");
        }
        return nothing;
    }
}
