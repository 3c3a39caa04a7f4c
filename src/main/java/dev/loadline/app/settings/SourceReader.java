package dev.loadline.app.settings;

import dev.loadline.core.Agent;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads {@code context.sources} of all agents. Who names a source that another agent has asks the
 * same one behind the same guard, so what belongs to the guard (url, normal, critical) must be the
 * same; what it may take of a prompt (max, priority) is each agent's own.
 */
final class SourceReader {
    /** Kinds that the format knows and this version can't do. */
    static final Set<String> OTHER_KINDS = Set.of("profile", "recall", "summary", "file", "mcp");

    private static final List<String> OTHER_KEYS = List.of("path", "server");
    private static final Map<String, String> KINDS = Map.of("http", "http");
    private static final Duration NORMAL = Duration.ofMillis(100);
    private static final int MAX = 1000;
    private static final URI NOWHERE = URI.create("http://localhost");

    /** Where a source was read first. */
    private record First(String agent, Agent.HttpSource source) {}

    private final Map<String, First> known = new HashMap<>();

    /**
     * @param context the agent's {@code context}
     */
    List<Agent.HttpSource> read(String agent, Section context) {
        List<Agent.HttpSource> sources = new ArrayList<>();
        for (Section section : context.sections("sources")) {
            Agent.HttpSource source = source(section);
            boolean again = sources.stream().anyMatch(it -> it.name().equals(source.name()));
            if (again && section.has("name"))
                section.refuse("name", "the agent has a source " + source.name() + " already");
            else agree(agent, section, source);
            sources.add(source);
        }
        return sources;
    }

    private static Agent.HttpSource source(Section section) {
        section.choice("kind", KINDS, "http");
        boolean http = !section.refused("kind");
        if (!http) OTHER_KEYS.forEach(section::textOrNull); // one error is enough for it
        String name = section.text("name", "");
        if (!section.has("name")) section.refuse("name", "is missing");
        else if (!Names.SOURCE.matcher(name).matches()) section.refuse("name", Names.SOURCE_RULE);
        if (http && !section.has("url")) section.refuse("url", "is missing");
        URI url =
                section.parsed(
                        "url",
                        "an http or https address such as http://127.0.0.1:9095/context, without"
                                + " user and fragment",
                        SourceReader::address,
                        NOWHERE);
        return section.build(
                () ->
                        new Agent.HttpSource(
                                name,
                                url,
                                section.duration("normal", NORMAL),
                                section.integer("max", MAX),
                                section.integer("priority", 0),
                                section.truth("critical", false)));
    }

    private void agree(String agent, Section section, Agent.HttpSource source) {
        First first = known.putIfAbsent(source.name(), new First(agent, source));
        if (first == null || source.name().isEmpty()) return;
        Agent.HttpSource there = first.source;
        differs(section, "url", !there.url().equals(source.url()), first);
        differs(section, "normal", !there.normal().equals(source.normal()), first);
        differs(section, "critical", there.critical() != source.critical(), first);
    }

    private static void differs(Section section, String key, boolean differs, First first) {
        if (differs)
            section.refuse(
                    key,
                    "is another than that of the source %s of the agent %s, which is the same one;"
                                    .formatted(first.source.name(), first.agent)
                            + " write the same, or give this one another name");
    }

    private static @Nullable URI address(String text) {
        try {
            URI url = new URI(text);
            boolean web = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
            boolean plain = url.getRawUserInfo() == null && url.getRawFragment() == null;
            return web && url.getHost() != null && url.getPort() <= 65_535 && plain ? url : null;
        } catch (URISyntaxException wrong) {
            return null;
        }
    }
}
