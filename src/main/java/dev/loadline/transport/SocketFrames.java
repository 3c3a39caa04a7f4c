package dev.loadline.transport;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.core.ProblemException;

import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.WebSocketFrame;
import io.vertx.core.internal.http.WebSocketInternal;

import org.jspecify.annotations.Nullable;

/** Puts a WebSocket's frames together to JSON objects, and refuses what is none. One loop. */
final class SocketFrames {
    /** Who hears what comes in. */
    interface Listener {
        /** The client lives; called for every frame, before what is in it. */
        void heard();

        void object(JsonNode object);

        void refused(SocketClose why, String reason);
    }

    private final int max;
    private final Listener listener;
    private @Nullable Buffer begun; // a message in fragments

    SocketFrames(int max, Listener listener) {
        this.max = max;
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
        JsonNode json;
        try {
            json = Body.json(message);
        } catch (ProblemException e) {
            listener.refused(SocketClose.BAD_FRAME, "a frame must be a JSON object");
            return;
        }
        if (json.isObject()) listener.object(json);
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
