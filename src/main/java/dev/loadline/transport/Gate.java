package dev.loadline.transport;

import dev.loadline.core.Problem;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.HostAndPort;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Which browsers' pages may talk to us. Allowed origins get CORS headers; on an open server (no
 * credentials needed) a foreign origin, or a host name that is not a loopback's, is refused: either
 * would be somebody else's page acting through the user's browser.
 */
final class Gate {
    /** Where the page is from that makes a request. */
    enum Page {
        /** No browser says where, or it is no browser. */
        NONE,
        /**
         * The server's own. Behind a proxy that ends TLS it is {@code server.origins} that says.
         */
        OWN,
        /** One of {@code server.origins}. */
        ALLOWED,
        FOREIGN
    }

    private static final Pattern LOOPBACK_V4 =
            Pattern.compile("127\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}");

    private static final String EXPOSED =
            "Loadline-Turn, Loadline-Duplicate, Retry-After, X-Request-Id, X-Should-Retry";

    private static final String USUAL_HEADERS =
            "authorization, content-type, idempotency-key, last-event-id, x-loadline-conversation";

    /** Names of headers, at most 64: clients of OpenAI's API send a dozen of their own. */
    private static final Pattern HEADER_NAMES =
            Pattern.compile(
                    "[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}([ \\t]*,[ \\t]*[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}){0,63}");

    private static final List<String> PROXY_MARKS =
            List.of("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via");

    private final Set<String> origins;
    private final boolean open;

    Gate(List<String> origins, boolean open) {
        this.origins = Set.copyOf(origins);
        this.open = open;
    }

    /** What to refuse with, or null; sets CORS headers for an allowed origin. */
    @Nullable Problem refuses(HttpServerRequest request) {
        Page page = page(request);
        tell(request, page);
        List<String> hosts = hosts(request);
        if (hosts.size() > 1) return invalid("more than one Host header");
        if (hosts.isEmpty() && request.version() != HttpVersion.HTTP_1_0) {
            return invalid("the Host header is missing");
        }
        if (!open) return null;
        if (!loopback(host(request))) {
            return forbidden("without auth this server answers only to loopback host names");
        }
        return page == Page.FOREIGN ? forbidden("this origin is not among server.origins") : null;
    }

    /** For upgrades, too: a socket that a foreign page opens is to be refused whatever it knows. */
    Page page(HttpServerRequest request) {
        List<String> given = request.headers().getAll(HttpHeaders.ORIGIN);
        if (given.isEmpty()) return Page.NONE;
        if (given.size() > 1) return Page.FOREIGN;
        String origin = bare(given.getFirst().toLowerCase(Locale.ROOT));
        if (origins.contains(origin)) return Page.ALLOWED;
        String own = bare((request.isSSL() ? "https://" : "http://") + host(request));
        return origin.equals(own) ? Page.OWN : Page.FOREIGN;
    }

    /** An origin without the port that its scheme means anyway. */
    private static String bare(String origin) {
        if (origin.startsWith("http://") && origin.endsWith(":80")) {
            return origin.substring(0, origin.length() - 3);
        }
        if (origin.startsWith("https://") && origin.endsWith(":443")) {
            return origin.substring(0, origin.length() - 4);
        }
        return origin;
    }

    /** What is told to one origin must not be told to another by a cache. */
    private void tell(HttpServerRequest request, Page page) {
        MultiMap headers = request.response().headers();
        if (page != Page.NONE || !origins.isEmpty()) {
            headers.add(HttpHeaders.VARY, HttpHeaders.ORIGIN);
        }
        if (page != Page.ALLOWED) return;
        headers.set(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN, request.getHeader(HttpHeaders.ORIGIN));
        headers.set(HttpHeaders.ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }

    /** Tells an allowed page's browser what it may send; to be called after {@link #refuses}. */
    void preflight(HttpServerRequest request, String methods) {
        MultiMap headers = request.response().headers();
        if (!headers.contains(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN)
                || !request.headers().contains(HttpHeaders.ACCESS_CONTROL_REQUEST_METHOD)) return;
        String asked = request.getHeader(HttpHeaders.ACCESS_CONTROL_REQUEST_HEADERS);
        boolean names = asked != null && HEADER_NAMES.matcher(asked).matches();
        headers.set(HttpHeaders.ACCESS_CONTROL_ALLOW_METHODS, methods)
                .set(HttpHeaders.ACCESS_CONTROL_ALLOW_HEADERS, names ? asked : USUAL_HEADERS)
                .set(HttpHeaders.ACCESS_CONTROL_MAX_AGE, "600");
    }

    /** HTTP/2 has a name of its own for it, which wins over a header. */
    private static List<String> hosts(HttpServerRequest request) {
        if (request.version() != HttpVersion.HTTP_2) {
            return request.headers().getAll(HttpHeaders.HOST);
        }
        HostAndPort authority = request.authority();
        return authority == null ? List.of() : List.of(authority.toString());
    }

    private static String host(HttpServerRequest request) {
        List<String> hosts = hosts(request);
        return hosts.isEmpty() ? "" : hosts.getFirst().toLowerCase(Locale.ROOT);
    }

    /** True for {@code localhost}, names under it, 127.0.0.0/8 and ::1, with any port. */
    static boolean loopback(String host) {
        int colon = host.lastIndexOf(':');
        boolean port = colon >= 0 && host.substring(colon + 1).matches("[0-9]{1,5}");
        String name = port && !host.endsWith("]") ? host.substring(0, colon) : host;
        return name.equals("localhost")
                || name.endsWith(".localhost")
                || name.equals("[::1]")
                || LOOPBACK_V4.matcher(name).matches();
    }

    /**
     * True if a program on this machine asks: not a proxy for somebody else, nor a page that has
     * brought its own name here.
     */
    static boolean near(HttpServerRequest request) {
        var from = request.remoteAddress();
        return from != null
                && from.host() != null
                && loopbackAddress(from.host())
                && loopback(host(request))
                && PROXY_MARKS.stream().noneMatch(mark -> request.headers().contains(mark));
    }

    private static boolean loopbackAddress(String address) {
        String v6 = "0:0:0:0:0:0:0:1";
        return LOOPBACK_V4.matcher(address).matches()
                || address.equals("::1")
                || address.equals(v6)
                || address.startsWith(v6 + "%");
    }

    private static Problem invalid(String detail) {
        return Problem.of(Problem.Code.INVALID_REQUEST, detail);
    }

    private static Problem forbidden(String detail) {
        return Problem.of(Problem.Code.FORBIDDEN, detail);
    }
}
