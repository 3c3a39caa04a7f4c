package dev.loadline.context;

import dev.loadline.core.Agent;
import dev.loadline.core.ContextReport;

/** Hears of every prompt that was assembled. Any thread; quick, and never throws. */
@FunctionalInterface
public interface Ledger {
    void assembled(Agent agent, ContextReport report);
}
