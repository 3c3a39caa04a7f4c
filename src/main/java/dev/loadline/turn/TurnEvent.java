package dev.loadline.turn;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;

import dev.loadline.core.ContextReport;
import dev.loadline.core.Json;
import dev.loadline.core.Origin;
import dev.loadline.core.Problem;
import dev.loadline.core.Usage;

import org.jspecify.annotations.Nullable;

/**
 * What happened in a turn, but for its text, which grows in the feed. The members are those of the
 * wire; of a last event, {@code text} and {@code answer} are added when it is written, so that no
 * second copy of the text is held.
 */
public sealed interface TurnEvent {
    /** The event's name on the wire. */
    @JsonIgnore
    String type();

    record Accepted(String conversation, String agent, Origin origin, Message input)
            implements TurnEvent {
        @Override
        public String type() {
            return "turn.accepted";
        }
    }

    /** A text that joined the turn later; {@code step} is the one that first sees it. */
    record Input(int step, Message message) implements TurnEvent {
        @Override
        public String type() {
            return "turn.input";
        }
    }

    record Queued(int position) implements TurnEvent {
        @Override
        public String type() {
            return "turn.queued";
        }
    }

    record Started(String node, int attempt) implements TurnEvent {
        @Override
        public String type() {
            return "turn.started";
        }
    }

    /**
     * It is parked. On the wire it is {@link #at}.
     *
     * @param endsMs wall clock, ms since 1970, at which the wait is thought to be over
     */
    record Parked(String kind, String dependency, long endsMs) implements TurnEvent {
        @Override
        public String type() {
            return "turn.waiting";
        }

        /** As it is told at that time (wall clock, ms). */
        public Waiting at(long nowMs) {
            return new Waiting(kind, null, dependency, Math.max(0, endsMs - nowMs));
        }
    }

    record Resumed() implements TurnEvent {
        @Override
        public String type() {
            return "turn.resumed";
        }
    }

    record ContextReady(ContextReport report) implements TurnEvent {
        @Override
        public String type() {
            return "context.ready";
        }
    }

    record Degraded(Degradation what) implements TurnEvent {
        @Override
        public String type() {
            return "turn.degraded";
        }
    }

    /**
     * The model asks for this call.
     *
     * @param written the arguments as the model wrote them
     */
    record ToolCalled(int step, String call, String tool, @JsonIgnore String written)
            implements TurnEvent {
        @Override
        public String type() {
            return "tool.call";
        }

        /** A JSON object, or the text that is none. */
        @JsonProperty
        public JsonNode arguments() {
            try {
                JsonNode read = Json.MAPPER.readTree(written);
                if (read.isObject()) return read;
            } catch (JsonProcessingException e) {
                return TextNode.valueOf(written);
            }
            return TextNode.valueOf(written);
        }
    }

    /** What was received of this step is void. {@code reason}: takeover, fallback or retry. */
    record Reset(int step, String reason) implements TurnEvent {
        @Override
        public String type() {
            return "text.reset";
        }
    }

    /** A turn's last event. */
    sealed interface Last extends TurnEvent {}

    record Completed(Finish finish, Usage usage, Timings timings, @Nullable String next)
            implements Last {
        @Override
        public String type() {
            return "turn.completed";
        }
    }

    record Failed(Problem problem) implements Last {
        @Override
        public String type() {
            return "turn.failed";
        }
    }

    record Cancelled(By by) implements Last {
        @Override
        public String type() {
            return "turn.cancelled";
        }
    }
}
