package dev.loadline.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Clock;
import dev.loadline.core.Outcome;
import dev.loadline.mailbox.HeavyWork;

import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SelfSignedCertificate;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Goal: over TLS, HTTP/2 is used where offered and a cancel ends only its own stream. Method: a TLS
 * server with a certificate of its own.
 */
class OpenAiTlsTest extends OpenAiWorld {
    private final SelfSignedCertificate certificate = SelfSignedCertificate.create("localhost");
    private final CompletableFuture<HttpVersion> version = new CompletableFuture<>();
    private final CompletableFuture<Void> resetByClient = new CompletableFuture<>();

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void speaks_what_is_offered(boolean http2) throws Exception {
        HttpServer tls = serve(http2, this::greet);
        var heard = new Heard();
        start(trusting(tls), heard);
        assertThat(heard.end.get(30, TimeUnit.SECONDS)).isInstanceOf(Outcome.Ok.class);
        assertThat(heard.text()).isEqualTo("Hi 😀");
        assertThat(version.join()).isEqualTo(http2 ? HttpVersion.HTTP_2 : HttpVersion.HTTP_1_1);
    }

    @Test
    void a_cancel_on_a_shared_connection_resets_only_its_stream() throws Exception {
        var others = new CompletableFuture<HttpServerRequest>();
        HttpServer tls =
                serve(
                        true,
                        request -> {
                            request.response().setChunked(true);
                            request.response()
                                    .write(text(FakeAnswer.begun().texts("x")))
                                    .onFailure(resetByClient::completeExceptionally);
                            if (others.isDone())
                                request.response()
                                        .exceptionHandler(reset -> resetByClient.complete(null));
                            else others.complete(request);
                        });
        RemoteModel asked = trusting(tls);
        var kept = new Heard();
        var cancelled = new Heard();
        start(asked, kept);
        try {
            kept.firstText.get(10, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(kept.end.toString() + others, e);
        }
        ModelCall call = start(asked, cancelled);
        cancelled.firstText.get(30, TimeUnit.SECONDS);
        onLoop(
                () -> {
                    call.cancel();
                    return true;
                });
        resetByClient.get(30, TimeUnit.SECONDS);
        others.join()
                .response()
                .end(text(FakeAnswer.empty().ended()))
                .onFailure(resetByClient::completeExceptionally);
        assertThat(kept.outcome()).isInstanceOf(Outcome.Ok.class);
        assertThat(cancelled.end).isNotDone();
    }

    @Test
    void a_certificate_that_nobody_vouches_for_is_refused() throws Exception {
        HttpServer tls = serve(true, this::greet);
        RemoteModel careful = model(url(tls), Duration.ofSeconds(20), Duration.ofSeconds(20), 2);
        Heard heard = ask(careful, request(Duration.ofSeconds(20)));
        assertThat(heard.end.join()).isInstanceOf(Outcome.Unavailable.class);
        assertThat(version).isNotDone();
    }

    private void greet(HttpServerRequest request) {
        version.complete(request.version());
        request.response()
                .putHeader("content-type", "text/event-stream")
                .end(text(FakeAnswer.stream("Hi ", "😀")))
                .onFailure(version::completeExceptionally);
    }

    private static io.vertx.core.buffer.Buffer text(FakeAnswer answer) {
        return io.vertx.core.buffer.Buffer.buffer(answer.body());
    }

    private HttpServer serve(boolean http2, io.vertx.core.Handler<HttpServerRequest> handler)
            throws Exception {
        var options =
                new HttpServerOptions()
                        .setSsl(true)
                        .setUseAlpn(true)
                        .setKeyCertOptions(certificate.keyCertOptions());
        if (!http2) options.setAlpnVersions(List.of(HttpVersion.HTTP_1_1));
        return vertx.createHttpServer(options)
                .requestHandler(handler)
                .listen(0, "127.0.0.1")
                .toCompletionStage()
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS);
    }

    private RemoteModel trusting(HttpServer tls) {
        OpenAiSettings settings = settings(url(tls));
        var options =
                RemoteModel.options(settings)
                        .setTrustAll(true)
                        .setVerifyHost(false)
                        .setSslHandshakeTimeout(30); // the first one loads half the JDK
        return new RemoteModel(
                settings,
                ModelTimeouts.of(settings.normal()),
                Clients.shared(RemoteModel.client(vertx, options, 4)),
                HeavyWork.on(vertx),
                new CallWatch(Clock.system(), timers));
    }

    private static String url(HttpServer tls) {
        return "https://localhost:" + tls.actualPort() + "/v1";
    }
}
