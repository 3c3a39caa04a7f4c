package dev.loadline.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.loadline.app.settings.TlsSettings;
import dev.loadline.core.Clock;
import dev.loadline.telemetry.Metrics;
import dev.loadline.telemetry.Prometheus;
import dev.loadline.transport.Certificates;

import io.netty.pkitesting.X509Bundle;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * Goal: what is served follows the files however they are replaced, and never to something that
 * can't be served. Method: files replaced as people and Kubernetes do, and the metrics that tell.
 */
class TlsFilesTest {
    private static final X509Bundle ONE = Certificates.valid("CN=one");
    private static final X509Bundle TWO = Certificates.valid("CN=two");

    @TempDir Path directory;
    private Path certificate;
    private Path key;
    private final Prometheus prometheus = new Prometheus();
    private final Metrics metrics = new Metrics(prometheus.registry(), Metrics.Known.NOTHING);
    private TlsFiles files;

    @BeforeEach
    void files() {
        certificate = directory.resolve("tls.crt");
        key = directory.resolve("tls.key");
    }

    @AfterEach
    void close() {
        if (files != null) files.tls().close();
    }

    private void open() {
        files = TlsFiles.open(new TlsSettings(certificate, key), Clock.system(), metrics);
    }

    private void looked(int ok, int failed) {
        files.look();
        assertThat(prometheus.scrape())
                .contains(
                        "loadline_tls_reload_total{outcome=\"ok\"} " + ok + ".0",
                        "loadline_tls_reload_total{outcome=\"failed\"} " + failed + ".0");
    }

    @Test
    void half_a_change_is_told_once_and_the_whole_one_is_served() throws IOException {
        Certificates.write(ONE, certificate, key);
        open();
        looked(0, 0);
        Files.writeString(certificate, TWO.getCertificatePathPEM());
        looked(0, 1);
        looked(0, 1);
        Files.writeString(key, TWO.getPrivateKeyPEM());
        looked(1, 1);
        looked(1, 1);
        Files.delete(key);
        looked(1, 2);
        Files.writeString(key, TWO.getPrivateKeyPEM());
        looked(1, 2); // what was served all the time
        Files.writeString(certificate, "garbage");
        looked(1, 3);
    }

    @Test
    void a_link_that_is_turned_to_another_directory_is_noticed() throws IOException {
        Path old = Files.createDirectory(directory.resolve("..one"));
        Path next = Files.createDirectory(directory.resolve("..two"));
        Certificates.write(ONE, old.resolve("tls.crt"), old.resolve("tls.key"));
        Certificates.write(TWO, next.resolve("tls.crt"), next.resolve("tls.key"));
        Path data = Files.createSymbolicLink(directory.resolve("..data"), old.getFileName());
        Files.createSymbolicLink(certificate, Path.of("..data/tls.crt"));
        Files.createSymbolicLink(key, Path.of("..data/tls.key"));
        open();
        Path turned = Files.createSymbolicLink(directory.resolve("..tmp"), next.getFileName());
        Files.move(turned, data, StandardCopyOption.ATOMIC_MOVE);
        looked(1, 0);
    }

    @Test
    void a_start_without_a_key_names_it() {
        Certificates.write(ONE, certificate, directory.resolve("elsewhere"));
        assertThatThrownBy(this::open)
                .isInstanceOf(StartFault.class)
                .hasMessage("server.tls.key: there is no file " + key);
    }
}
