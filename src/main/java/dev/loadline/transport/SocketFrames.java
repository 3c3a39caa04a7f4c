package dev.loadline.transport;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.core.ProblemException;
import dev.loadline.mailbox.HeavyWork;

import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.WebSocketFrame;
import io.vertx.core.internal.http.WebSocketInternal;

import org.jspecify.annotations.Nullable;

import java.util.Optional;

/**
 * Puts a WebSocket's frames together to JSON objects, and refuses what is none. A large one is read
 * elsewhere, and nothing more is taken in meanwhile, so that order holds and one waits at most. One
 * loop.
 */
final class SocketFrames {
    /** Who hears what comes in. */
    interface Listener {
        /** The client lives; called for every frame, before what is in it. */
        void heard();

        void object(JsonNode object);

        void refused(SocketClose why, String reason);
    }

    private final int max;
    private final HeavyWork heavy;
    private final Intake intake;
    private final Listener listener;
    private @Nullable Buffer begun; // a message in fragments

    SocketFrames(int max, HeavyWork heavy, Intake intake, Listener listener) {
        this.max = max;
        this.heavy = heavy;
        this.intake = intake;
        this.listener = listener;
    }

    void open(ServerWebSocket socket) {
        socket.frameHandler(this::frame);
        socket.pongHandler(pong -> listener.heard()); // also while nothing is read
        socket.exceptionHandler(why -> broken((WebSocketInternal) socket, why));
    }

    private void frame(WebSocketFrame frame) {
        listener.heard();
        if (frame.isBinary()) {
            listener.refused(SocketClose.BAD_FRAME, "frames must be text, not binary");
        } else if (frame.isText() || frame.isContinuation()) {
            part(frame.binaryData(), frame.isFinal());
        }
    }

    private void part(Buffer part, boolean last) {
        Buffer known = begun;
        int length = part.length() + (known == null ? 0 : known.length());
        if (length > max) {
            begun = null;
            listener.refused(SocketClose.TOO_LARGE, tooLarge());
        } else if (!last) {
            begun = known == null ? Buffer.buffer().appendBuffer(part) : known.appendBuffer(part);
        } else {
            begun = null;
            message(known == null ? part : known.appendBuffer(part));
        }
    }

    private String tooLarge() {
        return "a frame may have at most " + max + " bytes";
    }

    private void message(Buffer message) {
        if (message.length() <= HeavyWork.SMALL) {
            object(read(message));
            return;
        }
        intake.hold();
        heavy.run(() -> Optional.ofNullable(read(message)))
                .onComplete(
                        done -> {
                            object(done.succeeded() ? done.result().orElse(null) : null);
                            intake.release();
                        });
    }

    /** Null if it is no JSON object. Any thread. */
    private static @Nullable JsonNode read(Buffer message) {
        try {
            JsonNode json = Body.json(message);
            return json.isObject() ? json : null;
        } catch (ProblemException e) {
            return null;
        }
    }

    private void object(@Nullable JsonNode object) {
        if (object != null) listener.object(object);
        else listener.refused(SocketClose.BAD_FRAME, "a frame must be a JSON object");
    }

    /**
     * What is no frame, or too long to be read at all: the connection is closed behind this call,
     * so the close frame goes out at once.
     */
    private void broken(WebSocketInternal socket, Throwable why) {
        if (!(why instanceof CorruptedWebSocketFrameException bad)) return;
        boolean large = bad.closeStatus().equals(WebSocketCloseStatus.MESSAGE_TOO_BIG);
        SocketClose close = large ? SocketClose.TOO_LARGE : SocketClose.BAD_FRAME;
        String reason = large ? tooLarge() : "this is no WebSocket frame";
        socket.channelHandlerContext()
                .writeAndFlush(new CloseWebSocketFrame(close.code(), reason))
                .addListener(sent -> {});
        listener.refused(close, reason);
    }
}
