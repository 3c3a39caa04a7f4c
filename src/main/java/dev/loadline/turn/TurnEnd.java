package dev.loadline.turn;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

import dev.loadline.core.Problem;

/** How a turn ended. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "end")
@JsonSubTypes({
    @JsonSubTypes.Type(value = TurnEnd.Completed.class, name = "completed"),
    @JsonSubTypes.Type(value = TurnEnd.Failed.class, name = "failed"),
    @JsonSubTypes.Type(value = TurnEnd.Cancelled.class, name = "cancelled")
})
public sealed interface TurnEnd {
    record Completed(Finish finish) implements TurnEnd {}

    record Failed(Problem problem) implements TurnEnd {}

    record Cancelled(By by) implements TurnEnd {}

    default Status status() {
        return switch (this) {
            case Completed done -> Status.COMPLETED;
            case Failed failed -> Status.FAILED;
            case Cancelled cancelled -> Status.CANCELLED;
        };
    }
}
