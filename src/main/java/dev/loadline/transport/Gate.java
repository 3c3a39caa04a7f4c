package dev.loadline.transport;

import dev.loadline.core.Problem;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;

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
    private static final Pattern LOOPBACK_V4 =
            Pattern.compile("127\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}");

    private final Set<String> origins;
    private final boolean open;

    Gate(List<String> origins, boolean open) {
        this.origins = Set.copyOf(origins);
        this.open = open;
    }

    /** What to refuse with, or null; sets CORS headers for an allowed origin. */
    @Nullable Problem refuses(HttpServerRequest request) {
        List<String> hosts = request.headers().getAll(HttpHeaders.HOST);
        if (hosts.size() > 1) return invalid("more than one Host header");
        if (hosts.isEmpty() && request.version() == HttpVersion.HTTP_1_1) {
            return invalid("the Host header is missing");
        }
        String host = hosts.isEmpty() ? "" : hosts.getFirst().toLowerCase(Locale.ROOT);
        if (open && !loopback(host)) {
            return forbidden("without auth this server answers only to loopback host names");
        }
        return refusesOrigin(request, host);
    }

    private @Nullable Problem refusesOrigin(HttpServerRequest request, String host) {
        List<String> given = request.headers().getAll(HttpHeaders.ORIGIN);
        if (given.isEmpty()) return null;
        var headers = request.response().headers();
        headers.add(HttpHeaders.VARY, HttpHeaders.ORIGIN);
        String origin = given.getFirst();
        if (given.size() == 1 && origins.contains(origin)) {
            headers.set(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.set(
                    HttpHeaders.ACCESS_CONTROL_EXPOSE_HEADERS,
                    "Loadline-Turn, Loadline-Duplicate, Retry-After");
            return null;
        }
        boolean own = origin.equalsIgnoreCase((request.isSSL() ? "https://" : "http://") + host);
        if (own && given.size() == 1) return null;
        return open ? forbidden("this origin is not among server.origins") : null;
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

    /** True for the address of a peer on this machine. */
    static boolean loopbackAddress(String address) {
        return LOOPBACK_V4.matcher(address).matches()
                || address.equals("::1")
                || address.startsWith("0:0:0:0:0:0:0:1");
    }

    private static Problem invalid(String detail) {
        return Problem.of(Problem.Code.INVALID_REQUEST, detail);
    }

    private static Problem forbidden(String detail) {
        return Problem.of(Problem.Code.FORBIDDEN, detail);
    }
}
