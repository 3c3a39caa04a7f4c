package dev.loadline.turn;

import com.fasterxml.jackson.annotation.JsonValue;

/**
 * Why a completed turn ended: the model was done, ran out of room, or a limit of the turn was
 * reached.
 */
public enum Finish {
    STOP("stop"),
    LENGTH("length"),
    STEPS("steps"),
    TOOL_CALLS("toolCalls"),
    SAME_CALL("sameCall"),
    TOKENS("tokens"),
    COST("cost");

    private final String wire;

    Finish(String wire) {
        this.wire = wire;
    }

    @JsonValue
    public String wire() {
        return wire;
    }
}
