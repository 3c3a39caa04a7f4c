package dev.loadline.transport;

import io.vertx.core.http.HttpMethod;

import org.jspecify.annotations.Nullable;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Which door a request goes to, by method and path. Immutable. */
final class Routes {
    /** What is asked of a request before its door opens. */
    enum Kind {
        /** Open to everybody, from wherever. */
        HEALTH,
        /** Files that hold no secret: open to everybody whom the gate lets by. */
        FILE,
        /** Open to programs on this machine, to operators from elsewhere. */
        NEAR,
        /** Reads. */
        READ,
        /** Reads as a stream that lasts. */
        STREAM,
        /** Becomes a WebSocket, which asks by itself who is there. */
        SOCKET,
        /** Reads what only operators may see. */
        OPERATE,
        /** Likewise, as a stream that lasts. */
        OBSERVE,
        /** Changes how the node works, which only operators may; needs no body. */
        COMMAND,
        /** Likewise, described by a body. */
        SET,
        /** Changes what is there; needs no body. */
        ACT,
        /** Brings new work, described by a body; refused while draining. */
        WORK
    }

    /** Where a request is served. */
    interface Door {
        void serve(Exchange exchange);
    }

    /**
     * @param pattern segments; one that begins with a colon stands for any and names it
     */
    record Route(HttpMethod method, Kind kind, List<String> pattern, Door door) {
        static Route of(HttpMethod method, Kind kind, String pattern, Door door) {
            return new Route(method, kind, segments(pattern), door);
        }
    }

    /** What a path and a method lead to. */
    sealed interface Match {
        record Found(Route route, Map<String, String> names) implements Match {}

        record WrongMethod(Set<String> allowed) implements Match {}

        record Nowhere() implements Match {}
    }

    private final List<Route> routes;

    Routes(List<Route> routes) {
        this.routes = List.copyOf(routes);
    }

    List<Route> all() {
        return routes;
    }

    /** {@code HEAD} goes where {@code GET} goes, but not to streams. */
    Match find(HttpMethod method, String path) {
        List<String> segments = segments(path);
        Set<String> allowed = new TreeSet<>();
        for (Route route : routes) {
            Map<String, String> names = match(route.pattern(), segments);
            if (names == null) continue;
            boolean lasts =
                    switch (route.kind()) {
                        case STREAM, OBSERVE, SOCKET -> true;
                        case HEALTH, FILE, NEAR, READ, OPERATE, COMMAND, SET, ACT, WORK -> false;
                    };
            boolean head = method.equals(HttpMethod.HEAD) && !lasts;
            if (route.method().equals(method) || (head && route.method().equals(HttpMethod.GET))) {
                return new Match.Found(route, names);
            }
            allowed.add(route.method().name());
        }
        return allowed.isEmpty() ? new Match.Nowhere() : new Match.WrongMethod(allowed);
    }

    private static List<String> segments(String path) {
        return List.of(path.substring(Math.min(1, path.length())).split("/", -1));
    }

    private static @Nullable Map<String, String> match(
            List<String> pattern, List<String> segments) {
        if (pattern.size() != segments.size()) return null;
        Map<String, String> names = new HashMap<>();
        for (int i = 0; i < pattern.size(); i++) {
            String expected = pattern.get(i);
            if (expected.startsWith(":"))
                names.put(expected.substring(1), decoded(segments.get(i)));
            else if (!expected.equals(segments.get(i))) return null;
        }
        return names;
    }

    /** What is not well encoded names nothing. */
    private static String decoded(String segment) {
        if (segment.indexOf('%') < 0) return segment;
        try {
            return URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return "";
        }
    }
}
