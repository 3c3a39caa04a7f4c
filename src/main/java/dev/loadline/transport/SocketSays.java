package dev.loadline.transport;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.core.Json;
import dev.loadline.core.Problem;
import dev.loadline.turn.Message;
import dev.loadline.turn.Status;
import dev.loadline.turn.Submitted;

import io.vertx.core.buffer.Buffer;

import org.jspecify.annotations.Nullable;

import java.util.List;

/** What the server says on a WebSocket, but for the events of turns. */
@JsonPropertyOrder("type")
sealed interface SocketSays {
    @JsonProperty
    String type();

    /** The first frame after authentication. */
    record Hello(String node, String principal, long heartbeatMs) implements SocketSays {
        @Override
        public String type() {
            return "hello";
        }
    }

    /** A turn that runs or waits. */
    record TurnStatus(String turn, Status status) {}

    /** A request is carried out. What it gives precedes the events that it leads to. */
    record Ok(
            String ref,
            @JsonUnwrapped @Nullable Submitted submitted,
            @Nullable Boolean ended,
            @Nullable List<TurnStatus> turns,
            @Nullable List<Message> messages,
            @Nullable Boolean more)
            implements SocketSays {
        static Ok to(String ref) {
            return new Ok(ref, null, null, null, null, null);
        }

        static Ok to(String ref, Submitted submitted) {
            return new Ok(ref, submitted, null, null, null, null);
        }

        static Ok ended(String ref) {
            return new Ok(ref, null, true, null, null, null);
        }

        @Override
        public String type() {
            return "ok";
        }
    }

    /** A request is not carried out; without {@code ref} if none could be read. */
    record Failed(@Nullable String ref, Problem problem) implements SocketSays {
        @Override
        public String type() {
            return "error";
        }
    }

    /** {@code reason}: ended or slow. */
    record Detached(String turn, String reason) implements SocketSays {
        @Override
        public String type() {
            return "detached";
        }
    }

    record Ping(long at) implements SocketSays {
        @Override
        public String type() {
            return "ping";
        }
    }

    /** {@code at}: as it was in the ping. */
    record Pong(JsonNode at) implements SocketSays {
        @Override
        public String type() {
            return "pong";
        }
    }

    /** The server is going away; 1001 follows. */
    record Drain(long reconnectAfterMs) implements SocketSays {
        @Override
        public String type() {
            return "drain";
        }
    }

    default Buffer bytes() {
        return Buffer.buffer(Json.write(this));
    }
}
