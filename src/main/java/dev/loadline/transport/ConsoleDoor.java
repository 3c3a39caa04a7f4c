package dev.loadline.transport;

import dev.loadline.transport.Routes.Route;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;

/**
 * The web console at {@code /}: files of the jar, known by name and read once, so that no path can
 * lead anywhere else. Whoever may reach the server may read them; what they show is asked for by
 * the browser, with credentials.
 *
 * <p>The policy allows nothing that does not come from this server, nothing inline, and no markup
 * made from text ({@code require-trusted-types-for}): a model's words can't become code.
 */
final class ConsoleDoor {
    private static final String POLICY =
            "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none';"
                    + " form-action 'none'; frame-ancestors 'none';"
                    + " require-trusted-types-for 'script'; trusted-types 'none'";

    /** Under {@code /console/}; the first one is the page itself, at {@code /}. */
    static final List<String> NAMES =
            List.of(
                    "index.html",
                    "icon.svg",
                    "style.css",
                    "markdown.css",
                    "theme.js",
                    "app.js",
                    "dom.js",
                    "keep.js",
                    "link.js",
                    "order.js",
                    "talk.js",
                    "talks.js",
                    "markdown/blocks.js",
                    "markdown/inline.js",
                    "markdown/draw.js",
                    "views/answer.js",
                    "views/composer.js",
                    "views/frame.js",
                    "views/notes.js",
                    "views/sidebar.js",
                    "views/signin.js",
                    "views/thread.js");

    private static final List<Route> ROUTES =
            NAMES.stream().map(ConsoleDoor::read).flatMap(ConsoleDoor::routes).toList();

    private ConsoleDoor() {}

    static List<Route> routes() {
        return ROUTES;
    }

    /**
     * @param tag names the content, so that a browser which has it is not sent it again
     */
    private record Shipped(String name, String type, String tag, Buffer bytes, Buffer gzip) {
        void serve(Exchange exchange) {
            var headers = exchange.response().headers();
            headers.set(HttpHeaders.ETAG, tag)
                    .set(HttpHeaders.CACHE_CONTROL, "no-cache")
                    .add(HttpHeaders.VARY, HttpHeaders.ACCEPT_ENCODING)
                    .set("Content-Security-Policy", POLICY)
                    .set("Referrer-Policy", "no-referrer")
                    .set("Cross-Origin-Opener-Policy", "same-origin")
                    .set("Cross-Origin-Resource-Policy", "same-origin");
            if (names(exchange.header("If-None-Match"))) {
                exchange.empty(304);
                return;
            }
            boolean packs = takesGzip(exchange.header("Accept-Encoding"));
            if (packs) headers.set(HttpHeaders.CONTENT_ENCODING, "gzip");
            exchange.send(200, type, packs ? gzip : bytes);
        }

        private boolean names(@Nullable String tags) {
            if (tags == null) return false;
            return Stream.of(tags.split(",")).map(String::strip).anyMatch(t -> t.equals(tag));
        }
    }

    private static boolean takesGzip(@Nullable String encodings) {
        if (encodings == null) return false;
        return Stream.of(encodings.split(",")).map(String::strip).anyMatch("gzip"::equals);
    }

    private static Stream<Route> routes(Shipped file) {
        var named =
                Route.of(HttpMethod.GET, Routes.Kind.FILE, "/console/" + file.name, file::serve);
        return file.name.equals(NAMES.getFirst())
                ? Stream.of(Route.of(HttpMethod.GET, Routes.Kind.FILE, "/", file::serve))
                : Stream.of(named);
    }

    private static String type(String name) {
        String ending = name.substring(name.lastIndexOf('.') + 1);
        return switch (ending) {
            case "html" -> "text/html; charset=utf-8";
            case "css" -> "text/css; charset=utf-8";
            case "js" -> "text/javascript; charset=utf-8";
            case "svg" -> "image/svg+xml";
            default -> throw new IllegalStateException("no content type for " + name);
        };
    }

    private static Shipped read(String name) {
        try (InputStream in = ConsoleDoor.class.getResourceAsStream("/console/" + name)) {
            if (in == null) throw new IllegalStateException("the jar has no console/" + name);
            byte[] bytes = in.readAllBytes();
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
            String tag = "W/\"" + HexFormat.of().formatHex(digest, 0, 12) + "\"";
            return new Shipped(
                    name, type(name), tag, Buffer.buffer(bytes), Buffer.buffer(gzip(bytes)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        var out = new ByteArrayOutputStream();
        try (var packed = new GZIPOutputStream(out)) {
            packed.write(bytes);
        }
        return out.toByteArray();
    }
}
