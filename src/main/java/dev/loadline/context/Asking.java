package dev.loadline.context;

import dev.loadline.core.Deadline;
import dev.loadline.core.Principal;
import dev.loadline.core.TurnId;
import dev.loadline.core.WorkClass;

/**
 * For whom and for what a turn's context sources are asked.
 *
 * @param query the newest text of the user's
 * @param deadline the turn's; the agent's {@code context.budget.time} usually comes first
 */
public record Asking(
        TurnId turn,
        Principal principal,
        String conversation,
        String query,
        WorkClass workClass,
        Deadline deadline) {}
