package dev.loadline.transport;

import io.netty.handler.ssl.SslContext;
import io.vertx.core.Vertx;
import io.vertx.core.net.KeyCertOptions;
import io.vertx.core.net.SSLEngineOptions;
import io.vertx.core.spi.tls.SslContextFactory;

import org.jspecify.annotations.Nullable;

import java.util.function.Function;

import javax.net.ssl.KeyManagerFactory;

/** Hands a {@link LiveSslContext} to Vert.x, which makes one context per server and keeps it. */
final class LiveEngine extends SSLEngineOptions {
    private final SslContext live;

    LiveEngine(SslContext live) {
        this.live = live;
    }

    @Override
    public SSLEngineOptions copy() {
        return new LiveEngine(live);
    }

    @Override
    public SslContextFactory sslContextFactory() {
        return new Factory(live);
    }

    private record Factory(SslContext create) implements SslContextFactory {}

    /** Vert.x wants a server with TLS to have some; the ones in use are in the context. */
    static final class NoKeys implements KeyCertOptions {
        @Override
        public KeyCertOptions copy() {
            return this;
        }

        @Override
        public @Nullable KeyManagerFactory getKeyManagerFactory(Vertx vertx) {
            return null;
        }

        @Override
        public @Nullable Function<String, KeyManagerFactory> keyManagerFactoryMapper(Vertx vertx) {
            return null;
        }
    }
}
