package dev.loadline.transport;

import dev.loadline.transport.TlsFault.Part;

import io.netty.channel.Channel;
import io.netty.handler.codec.http2.Http2SecurityUtil;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.ReferenceCountedOpenSslContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpVersion;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import javax.net.ssl.SSLException;

/**
 * The TLS of a server: 1.2 and 1.3 by BoringSSL, HTTP/2 where the client offers it, with an
 * identity that can be replaced while the server runs. Where BoringSSL can't be loaded the JDK does
 * it, and the log says so. Any thread.
 */
public final class Tls {
    private static final Logger LOG = LoggerFactory.getLogger(Tls.class);

    /** Requests under way on one HTTP/2 connection. */
    private static final int STREAMS_MAX = 100;

    /**
     * Streams that one HTTP/2 connection may cancel in 30 s before it is taken for an attack:
     * behind a proxy that multiplexes, all users' stop buttons come over one connection.
     */
    private static final int RESETS_MAX = 2_000;

    private static final List<String> VERSIONS = List.of("TLSv1.3", "TLSv1.2");

    private final LiveSslContext live;

    private Tls(LiveSslContext live) {
        this.live = live;
    }

    /**
     * @throws TlsFault if the TLS library does not take it
     */
    public static Tls serving(TlsIdentity first) throws TlsFault {
        if (!OpenSsl.isAvailable()) {
            LOG.warn(
                    "BoringSSL can't be loaded here, so that TLS is the JDK's, which is slower: {}",
                    String.valueOf(OpenSsl.unavailabilityCause()));
        }
        return new Tls(new LiveSslContext(context(first)));
    }

    private static SslContext context(TlsIdentity identity) throws TlsFault {
        boolean here = OpenSsl.isAvailable();
        try {
            return SslContextBuilder.forServer(identity.key(), identity.chain())
                    .sslProvider(here ? SslProvider.OPENSSL_REFCNT : SslProvider.JDK)
                    .protocols(VERSIONS)
                    .ciphers(Http2SecurityUtil.CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
                    .applicationProtocolConfig(
                            new ApplicationProtocolConfig(
                                    Protocol.ALPN,
                                    SelectorFailureBehavior.NO_ADVERTISE,
                                    SelectedListenerFailureBehavior.ACCEPT,
                                    ApplicationProtocolNames.HTTP_2,
                                    ApplicationProtocolNames.HTTP_1_1))
                    .build();
        } catch (SSLException | IllegalArgumentException refused) {
            throw new TlsFault(
                    Part.CERTIFICATE, "is refused by the TLS library: " + refused.getMessage());
        }
    }

    /** What encrypts, by its own name. */
    public String provider() {
        if (live.current() instanceof ReferenceCountedOpenSslContext) {
            return OpenSsl.versionString();
        }
        return "the JDK";
    }

    /**
     * From now on new connections get this one; those that are open go on as they began.
     *
     * @throws TlsFault if the TLS library does not take it; then all stays as it is
     */
    public void serve(TlsIdentity next) throws TlsFault {
        live.replace(context(next));
    }

    /** How many identities are in memory: the current one, and those of open connections. */
    int identities() {
        return live.alive();
    }

    /** Lets go of the identity; connections that are open may go on. */
    public void close() {
        live.close();
    }

    /**
     * Makes a server speak TLS, and HTTP/2 over it.
     *
     * @param headerMax bytes of a request's headers
     * @param handshake how long a hand-shake may take
     * @param accepted told of each connection before its hand-shake
     */
    HttpServerOptions secure(
            HttpServerOptions options,
            int headerMax,
            Duration handshake,
            Consumer<Channel> accepted) {
        return options.setSsl(true)
                .setSslEngineOptions(new LiveEngine(new AcceptingSslContext(live, accepted)))
                .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS)
                .setSslHandshakeTimeout(handshake.toMillis())
                .setKeyCertOptions(new LiveEngine.NoKeys())
                .setUseAlpn(true)
                .setAlpnVersions(List.of(HttpVersion.HTTP_2, HttpVersion.HTTP_1_1))
                .setHttp2RstFloodMaxRstFramePerWindow(RESETS_MAX)
                .setInitialSettings(
                        new Http2Settings()
                                .setMaxConcurrentStreams(STREAMS_MAX)
                                .setMaxHeaderListSize(headerMax));
    }
}
