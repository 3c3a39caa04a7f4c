package dev.loadline.engine;

import dev.loadline.core.Agent;
import dev.loadline.core.Clock;
import dev.loadline.core.Ids;
import dev.loadline.core.Timers;
import dev.loadline.mailbox.Bus;
import dev.loadline.mailbox.MailboxPolicy;
import dev.loadline.model.LanguageModel;
import dev.loadline.store.TurnStore;
import dev.loadline.telemetry.MailboxCounters;

import java.util.Map;
import java.util.function.Function;

/**
 * All that the engine reaches the world with.
 *
 * @param models the model that answers for an agent, with all that stands in for it
 * @param mailboxes counts by a mailbox's name
 * @param admission how many turns run on this node, and how long a submission may wait for a slot
 */
public record Hands(
        String node,
        Clock clock,
        Timers timers,
        Ids ids,
        TurnStore store,
        Bus bus,
        Map<String, Agent> agents,
        Function<Agent, LanguageModel> models,
        MailboxPolicy admission,
        Function<String, MailboxCounters> mailboxes,
        TurnCounts counts,
        Quotas quotas) {}
