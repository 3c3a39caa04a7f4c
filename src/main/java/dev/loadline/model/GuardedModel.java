package dev.loadline.model;

import dev.loadline.guard.Guard;
import dev.loadline.guard.Reason;

import org.jspecify.annotations.Nullable;

/**
 * A model with its guard, and where its callers wait.
 *
 * @param gateLine before the gate of its limit group
 * @param limitLine before its own concurrency limit: a model that is full must not hold up those
 *     that only share a gate with it. The same line where no other does
 */
record GuardedModel(LanguageModel model, Guard guard, WaitingLine gateLine, WaitingLine limitLine) {
    String dependency() {
        return guard.policy().name();
    }

    String limitGroup() {
        return guard.policy().limitGroup();
    }

    WaitingLine line(Reason reason) {
        return Reasons.isGate(reason) ? gateLine : limitLine;
    }

    /** Where somebody stands before it, so that who comes must not overtake; null: nowhere. */
    @Nullable WaitingLine busy() {
        if (gateLine.busy()) return gateLine;
        return limitLine.busy() ? limitLine : null;
    }

    void look() {
        gateLine.look();
        if (limitLine != gateLine) limitLine.look();
    }
}
