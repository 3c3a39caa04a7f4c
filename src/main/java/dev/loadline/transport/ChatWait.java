package dev.loadline.transport;

import dev.loadline.core.Problem;
import dev.loadline.turn.Feed;
import dev.loadline.turn.TurnEvent;

import org.jspecify.annotations.Nullable;

/** A client that waits for the whole answer. One loop. */
final class ChatWait implements Fanout.Reader {
    /** Asked again, a turn of ours is found where it is by then. */
    private static final Problem LEFT =
            Problem.of(Problem.Code.DRAINING, "the server goes away; send the request again")
                    .withRetryAfterMs(1000);

    private final Exchange exchange;
    private final Streams streams;
    private final Feed feed;
    private final Runnable whenLeft;
    private @Nullable Fanout followed;
    private boolean left;

    private ChatWait(Exchange exchange, Streams streams, Feed feed, Runnable whenLeft) {
        this.exchange = exchange;
        this.streams = streams;
        this.feed = feed;
        this.whenLeft = whenLeft;
    }

    /**
     * Answers once the turn is over.
     *
     * @param whenLeft hears that it was answered, or that the client is gone
     */
    static void begin(Exchange exchange, Streams streams, Feed feed, Runnable whenLeft) {
        if (exchange.gone()) {
            whenLeft.run();
            return;
        }
        var wait = new ChatWait(exchange, streams, feed, whenLeft);
        exchange.response().exceptionHandler(lost -> wait.leave());
        exchange.response().closeHandler(lost -> wait.leave());
        Quiet.begin(exchange.request().connection());
        wait.followed = streams.follow(feed, wait);
        wait.advance();
    }

    @Override
    public void advance() {
        if (!left && (feed.over() || feed.left())) end();
    }

    /** The server goes away. */
    void breakOff() {
        if (!left) end();
    }

    private void end() {
        boolean over = feed.over();
        leave();
        if (exchange.gone()) return;
        Quiet.end(exchange.request().connection());
        exchange.attempt(
                () -> {
                    if (over) answer();
                    else exchange.refuse(LEFT);
                });
    }

    private void answer() {
        if (!(feed.entry(feed.size() - 1) instanceof Feed.Happened(TurnEvent.Last last)))
            throw new IllegalStateException("a feed that is over has no last event");
        Problem refusal = ChatAnswer.refusal(last);
        if (refusal != null) exchange.refuse(refusal);
        else if (last instanceof TurnEvent.Completed completed)
            exchange.json(200, Weight.of(feed), () -> ChatAnswer.of(feed, completed));
    }

    private void leave() {
        if (left) return;
        left = true;
        if (followed != null) streams.unfollow(followed, this);
        whenLeft.run();
    }
}
