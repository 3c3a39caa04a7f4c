package dev.loadline.mailbox;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.MessageCodec;

/** Hands letters and replies over as they are: they are immutable, and stay within the node. */
final class ByReference implements MessageCodec<Object, Object> {
    private static final String NAME = "loadline.by-reference";
    private static final String REGISTERED = "loadline.codecs";

    ByReference() {}

    /** Makes the codec known to this Vert.x, once. */
    static synchronized void register(Vertx vertx) {
        var done = vertx.sharedData().<String, Boolean>getLocalMap(REGISTERED);
        if (done.putIfAbsent(NAME, Boolean.TRUE) == null)
            vertx.eventBus().registerCodec(new ByReference());
    }

    static DeliveryOptions options() {
        return new DeliveryOptions().setCodecName(NAME).setLocalOnly(true);
    }

    @Override
    public Object transform(Object message) {
        return message;
    }

    @Override
    public void encodeToWire(Buffer buffer, Object message) {
        throw new UnsupportedOperationException(
                message.getClass().getSimpleName()
                        + " is passed by reference within a node and never sent over the wire");
    }

    @Override
    public Object decodeFromWire(int position, Buffer buffer) {
        throw new UnsupportedOperationException("nothing is sent by reference over the wire");
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public byte systemCodecID() {
        return -1; // ours, not one of Vert.x's own
    }
}
