package dev.loadline.transport;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Goal: the console's files are served by their names, to be asked for again only when they have
 * changed, and nothing else is. Method: real sockets.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConsoleDoorTest {
    private static final Path FILES = Path.of("src/main/resources/console");

    private final TestServer server = new TestServer();
    private final Wire wire = server.wire();

    @AfterEach
    void serves_on() {
        assertThat(wire.get("/api/me").answer().status()).isEqualTo(200);
    }

    @AfterAll
    void close() {
        wire.close();
        server.close();
    }

    @Test
    void the_page_is_at_the_root_and_every_file_beside_it_by_its_name() throws IOException {
        assertThat(wire.get("/").answer().text())
                .isEqualTo(Files.readString(FILES.resolve("index.html")));
        try (Stream<Path> files = Files.walk(FILES)) {
            assertThat(files.filter(Files::isRegularFile).map(file -> FILES.relativize(file)))
                    .as("what lies there is served, what is served lies there")
                    .map(Path::toString)
                    .containsExactlyInAnyOrderElementsOf(ConsoleDoor.NAMES);
        }
        for (String name : ConsoleDoor.NAMES.subList(1, ConsoleDoor.NAMES.size())) {
            Wire.Answer answer = wire.get("/console/" + name).answer();
            assertThat(answer.status()).as(name).isEqualTo(200);
            assertThat(answer.text()).isEqualTo(Files.readString(FILES.resolve(name)));
        }
    }

    @Test
    void each_file_says_what_it_is_and_what_the_browser_may_do_with_it() {
        Wire.Answer page = wire.get("/").answer();
        assertThat(page.headers())
                .containsEntry("content-type", "text/html; charset=utf-8")
                .containsEntry("cache-control", "no-cache")
                .containsEntry("x-content-type-options", "nosniff")
                .containsEntry("referrer-policy", "no-referrer");
        assertThat(page.header("content-security-policy"))
                .startsWith("default-src 'self';")
                .contains("frame-ancestors 'none'", "require-trusted-types-for 'script'")
                .doesNotContain("unsafe", "*", "http");
        assertThat(wire.get("/console/app.js").answer().headers())
                .containsEntry("content-type", "text/javascript; charset=utf-8");
        assertThat(wire.get("/console/style.css").answer().headers())
                .containsEntry("content-type", "text/css; charset=utf-8");
        assertThat(wire.get("/console/icon.svg").answer().headers())
                .containsEntry("content-type", "image/svg+xml");
    }

    @Test
    void what_the_browser_has_is_not_sent_again() {
        String tag = wire.get("/console/app.js").answer().header("etag");
        for (String tags : List.of(tag, "\"other\", " + tag)) {
            Wire.Answer same = wire.get("/console/app.js", "If-None-Match: " + tags).answer();
            assertThat(same.status()).isEqualTo(304);
            assertThat(same.text()).isEmpty();
            assertThat(same.header("etag")).isEqualTo(tag);
        }
        Wire.Answer other = wire.get("/console/dom.js", "If-None-Match: " + tag).answer();
        assertThat(other.status()).isEqualTo(200);
    }

    @Test
    void a_head_request_gets_the_head_and_who_takes_gzip_gets_fewer_bytes() {
        int plain = length("Accept-Encoding: identity");
        int packed = length("Accept-Encoding: deflate, gzip, br");
        assertThat(plain).isEqualTo((int) FILES.resolve("app.js").toFile().length());
        assertThat(packed).isLessThan(plain / 2);
        assertThat(wire.request("HEAD", "/", null).head().status()).isEqualTo(200);
    }

    private int length(String header) {
        Wire.Answer head = wire.request("HEAD", "/console/app.js", null, header).head();
        assertThat(head.header("content-encoding"))
                .isEqualTo(header.contains("gzip") ? "gzip" : "");
        return Integer.parseInt(head.header("content-length"));
    }

    @Test
    void no_path_leads_anywhere_else() {
        for (String path :
                List.of(
                        "/console",
                        "/console/",
                        "/console/index.html",
                        "/console/../logback.xml",
                        "/console/..%2flogback.xml",
                        "/console/%2e%2e/%2e%2e/etc/passwd",
                        "/console//app.js",
                        "/console/app.js/",
                        "/console/app.js%00",
                        "/console/views",
                        "/console/nothing.js",
                        "//")) {
            assertThat(wire.get(path).answer().status()).as(path).isEqualTo(404);
        }
        assertThat(wire.request("PUT", "/console/app.js", null).answer().status()).isEqualTo(405);
    }
}
