package dev.loadline.context;

import dev.loadline.core.Deadline;
import dev.loadline.core.Outcome;

import io.vertx.core.Future;

import java.util.List;
import java.util.concurrent.Executor;

/**
 * What is asked for a prompt beside the instructions and the history, which come with the task. One
 * for a node, whatever the number of agents that name it; how much of a prompt it may take, and
 * whether a turn can do without it, is each agent's own. Any thread.
 */
public interface ContextSource {
    String name();

    /**
     * The items in the order of their worth.
     *
     * @param until an answer after it is of no use to this turn
     * @param home the caller's event loop; on it this is called and answered
     * @return never fails; complete by {@code until}
     */
    Future<Outcome<List<ContextItem>>> ask(Asking asking, Deadline until, Executor home);

    /** What is still known from a moment ago, for when asking was in vain; empty: nothing. */
    List<ContextItem> earlier(Asking asking);

    /** Frees what it holds; calls under way fail. */
    Future<Void> close();
}
