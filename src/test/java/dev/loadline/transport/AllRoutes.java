package dev.loadline.transport;

import java.util.List;

/** Every way into the server, from the server's own list: what is new there can't be forgotten. */
public final class AllRoutes {
    /**
     * One of them.
     *
     * @param kind a name of {@code Routes.Kind}
     * @param pattern segments that begin with a colon stand for any
     */
    public record Line(String method, String kind, List<String> pattern) {}

    private AllRoutes() {}

    /** In the server's order. */
    public static List<Line> lines() {
        try (var server = new TestServer()) {
            return new Doors(server.parts, null, null, null)
                    .routes().stream()
                            .map(
                                    route ->
                                            new Line(
                                                    route.method().name(),
                                                    route.kind().name(),
                                                    route.pattern()))
                            .toList();
        }
    }
}
