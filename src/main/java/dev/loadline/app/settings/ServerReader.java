package dev.loadline.app.settings;

import dev.loadline.transport.TlsFault;
import dev.loadline.transport.TlsIdentity;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Reads the sections about the server itself. */
final class ServerReader {
    private static final String SQLITE = "sqlite:";

    private ServerReader() {}

    /**
     * @param auth whether callers must say who they are: without it only this machine is served
     */
    static ServerSettings server(Section root, boolean auth, Path workingDirectory) {
        Section keys = root.section("server");
        var otherwise = ServerSettings.DEFAULT;
        List<String> origins = origins(keys);
        ServerSettings.Limits limits = limits(root, keys.section("limits"));
        TlsSettings tls = tls(keys.section("tls"), workingDirectory);
        ManagementSettings management = management(root, keys);
        ServerSettings server =
                root.build(
                        () ->
                                new ServerSettings(
                                        host(keys.text("host", otherwise.host())),
                                        keys.integer("port", otherwise.port()),
                                        origins,
                                        limits,
                                        keys.duration("drainGrace", otherwise.drainGrace()),
                                        tls,
                                        management));
        if (!auth && !server.isLoopback()) keys.refuse("host", AuthReader.NEEDED);
        return server;
    }

    /** Reads the files, too, or a start would fail for what can be told with file and line. */
    private static @Nullable TlsSettings tls(Section keys, Path workingDirectory) {
        Path certificate = file(keys, "certificate", workingDirectory);
        Path key = file(keys, "key", workingDirectory);
        if (certificate == null && key == null) return null;
        if (certificate == null) keys.refuse("certificate", "must be given with the key");
        if (key == null) keys.refuse("key", "must be given with the certificate");
        if (certificate == null || key == null) return null;
        try {
            TlsIdentity.read(certificate, key);
        } catch (TlsFault fault) {
            String wrong =
                    switch (fault.part()) {
                        case CERTIFICATE -> "certificate";
                        case KEY -> "key";
                    };
            keys.refuse(wrong, fault.words());
        }
        return new TlsSettings(certificate, key);
    }

    private static @Nullable Path file(Section keys, String key, Path workingDirectory) {
        String text = keys.textOrNull(key);
        if (text == null) return null;
        Path file = text.isBlank() ? null : resolved(workingDirectory, text);
        if (file == null) keys.refuse(key, "must be a file");
        return file;
    }

    private static @Nullable Path resolved(Path workingDirectory, String text) {
        try {
            return workingDirectory.resolve(text);
        } catch (InvalidPathException wrong) {
            return null;
        }
    }

    private static @Nullable ManagementSettings management(Section root, Section server) {
        Section keys = server.section("management");
        if (!keys.has("host") && !keys.has("port")) {
            keys.textOrNull("host"); // known, though nobody writes them
            keys.integer("port", 0);
            return null;
        }
        int port = keys.integer("port", 0);
        if (!keys.has("port")) keys.refuse("port", "must be given; 0 takes any free one");
        if (port != 0 && port == server.integer("port", ServerSettings.DEFAULT.port())) {
            keys.refuse("port", "must differ from server.port");
        }
        return root.build(
                () ->
                        new ManagementSettings(
                                host(keys.text("host", ServerSettings.DEFAULT.host())),
                                keys.integer("port", 0)));
    }

    /** An IPv6 address may be written in brackets, as in URLs. */
    static String host(String text) {
        return text.startsWith("[") && text.endsWith("]")
                ? text.substring(1, text.length() - 1)
                : text;
    }

    private static ServerSettings.Limits limits(Section root, Section keys) {
        var otherwise = ServerSettings.Limits.DEFAULT;
        return root.build(
                () ->
                        new ServerSettings.Limits(
                                bytes(keys, "body", otherwise.body()),
                                bytes(keys, "header", otherwise.header()),
                                bytes(keys, "frame", otherwise.frame()),
                                keys.integer("streamsPerSocket", otherwise.streamsPerSocket()),
                                keys.duration("idle", otherwise.idle()),
                                keys.integer("connections", otherwise.connections()),
                                keys.integer(
                                        "connectionsPerAddress",
                                        otherwise.connectionsPerAddress())));
    }

    private static int bytes(Section keys, String key, int otherwise) {
        return (int) Math.min(Integer.MAX_VALUE, keys.size(key, otherwise)); // refused as too large
    }

    private static List<String> origins(Section keys) {
        List<String> origins = new ArrayList<>();
        for (Section.Item item : keys.texts("origins")) {
            String origin = origin(item.text());
            if (origin != null) origins.add(origin);
            else
                keys.refuseItem(
                        "origins",
                        item.index(),
                        item.line(),
                        "must be an origin such as https://app.example, without a path");
        }
        return origins;
    }

    /** As browsers send it: lower case, no default port. */
    private static @Nullable String origin(String text) {
        try {
            URI url = new URI(text.toLowerCase(Locale.ROOT));
            boolean web = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
            if (!web || url.getHost() == null || url.getUserInfo() != null) return null;
            boolean bare =
                    (url.getRawPath().isEmpty() || url.getRawPath().equals("/"))
                            && url.getRawQuery() == null
                            && url.getRawFragment() == null;
            if (!bare) return null;
            int usual = "http".equals(url.getScheme()) ? 80 : 443;
            boolean shown = url.getPort() >= 0 && url.getPort() != usual;
            return url.getScheme() + "://" + url.getHost() + (shown ? ":" + url.getPort() : "");
        } catch (URISyntaxException wrong) {
            return null;
        }
    }

    static StoreSettings store(Section root) {
        Section keys = root.section("store");
        Section retention = keys.section("retention");
        var otherwise = StoreSettings.DEFAULT;
        Path file =
                keys.parsed(
                        "url",
                        "sqlite:FILE, such as sqlite:data/loadline.db",
                        ServerReader::sqliteFile,
                        otherwise.file());
        return root.build(
                () ->
                        new StoreSettings(
                                file,
                                new StoreSettings.Retention(
                                        retention.duration(
                                                "steps", otherwise.retention().steps()))));
    }

    private static @Nullable Path sqliteFile(String url) {
        if (!url.startsWith(SQLITE)) return null;
        String file = url.substring(SQLITE.length());
        if (file.isBlank() || file.startsWith(":") || file.startsWith("//") || file.contains("?"))
            return null; // a database in memory would acknowledge what it then forgets
        try {
            return Path.of(file);
        } catch (InvalidPathException wrong) {
            return null;
        }
    }

    static LoadSettings load(Section root) {
        Section keys = root.section("load");
        var otherwise = LoadSettings.DEFAULT;
        return root.build(
                () ->
                        new LoadSettings(
                                keys.integer("activeTurns", otherwise.activeTurns()),
                                keys.duration("admissionWait", otherwise.admissionWait()),
                                keys.duration("loopLag", otherwise.loopLag())));
    }

    static TtftSettings ttft(Section root) {
        Section keys = root.section("ttft").section("budget");
        var otherwise = TtftSettings.DEFAULT.budget();
        return root.build(
                () ->
                        new TtftSettings(
                                new TtftSettings.Budget(
                                        keys.duration("overhead", otherwise.overhead()),
                                        keys.duration("p95", otherwise.p95()))));
    }

    /** Sections that are only there to be off; what would turn them on stands in {@link NotYet}. */
    static void off(Section root) {
        root.section("cluster").truth("enabled", false);
        root.section("memory").choice("provider", Map.of("none", "none"), "none");
        root.section("alarms");
    }
}
