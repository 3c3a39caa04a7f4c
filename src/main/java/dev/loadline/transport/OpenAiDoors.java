package dev.loadline.transport;

import static dev.loadline.transport.Routes.Kind.READ;
import static dev.loadline.transport.Routes.Kind.WORK;

import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.loadline.core.Clock;
import dev.loadline.core.ConversationKey;
import dev.loadline.core.Json;
import dev.loadline.core.Principal;
import dev.loadline.core.Problem;
import dev.loadline.core.ProblemException;
import dev.loadline.core.Rfc3339;
import dev.loadline.core.TurnId;
import dev.loadline.engine.Attachment;
import dev.loadline.engine.Conversed;
import dev.loadline.engine.Conversing;
import dev.loadline.engine.Submission;
import dev.loadline.engine.Turns;
import dev.loadline.transport.Routes.Route;
import dev.loadline.turn.Asked;
import dev.loadline.turn.Cursor;
import dev.loadline.turn.Feed;
import dev.loadline.turn.Turn;
import dev.loadline.turn.TurnEvent;

import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The agents as models of OpenAI's API. The conversation is the caller's: nothing is stored and a
 * client that goes away ends its turn, unless the header {@code X-Loadline-Conversation} names one
 * of ours.
 */
final class OpenAiDoors {
    private static final String CONVERSATION = "X-Loadline-Conversation";

    private final Turns turns;
    private final Streams streams;
    private final Clock clock;
    private final long bornMs;

    OpenAiDoors(Turns turns, Streams streams, Clock clock) {
        this.turns = turns;
        this.streams = streams;
        this.clock = clock;
        this.bornMs = clock.millis();
    }

    List<Route> routes() {
        return List.of(
                Route.of(HttpMethod.POST, WORK, "/v1/chat/completions", this::chat),
                Route.of(HttpMethod.GET, READ, "/v1/models", this::models),
                Route.of(HttpMethod.GET, READ, "/v1/models/:id", this::model));
    }

    // --- models

    private void models(Exchange exchange) {
        ObjectNode list = Json.MAPPER.createObjectNode();
        list.put("object", "list");
        var data = list.putArray("data");
        for (Turns.AgentView agent : turns.agents()) data.add(model(agent.name()));
        exchange.json(200, list);
    }

    private void model(Exchange exchange) {
        String id = exchange.name("id");
        known(id);
        exchange.json(200, model(id));
    }

    private ObjectNode model(String name) {
        ObjectNode model = Json.MAPPER.createObjectNode();
        model.put("id", name);
        model.put("object", "model");
        model.put("created", bornMs / 1000);
        model.put("owned_by", "loadline");
        return model;
    }

    private void known(String model) {
        List<String> names = turns.agents().stream().map(Turns.AgentView::name).toList();
        if (names.contains(model)) return;
        String detail =
                "no agent is named '%s' (there is: %s)".formatted(model, String.join(", ", names));
        throw new ProblemException(
                Problem.of(Problem.Code.NOT_FOUND, detail)
                        .withReason("model_not_found")
                        .withErrors(List.of(new Problem.FieldError("model", detail))));
    }

    // --- chat completions

    private void chat(Exchange exchange) {
        exchange.read(ChatRequest::of, request -> chat(exchange, request));
    }

    private void chat(Exchange exchange, ChatRequest request) {
        known(request.model());
        String conversation = conversation(exchange);
        if (conversation == null) converse(exchange, request);
        else submit(exchange, request, conversation);
    }

    private static @Nullable String conversation(Exchange exchange) {
        List<String> given = exchange.headers(CONVERSATION);
        if (given.isEmpty()) return null;
        if (given.size() > 1) throw wrong(CONVERSATION, "must have one value");
        if (!Requests.isId(given.getFirst()))
            throw wrong(CONVERSATION, "must match [A-Za-z0-9._:~-]{1,128}");
        return given.getFirst();
    }

    private static ProblemException wrong(String path, String message) {
        return new ProblemException(Problem.invalid(path, message).withReason(ChatFields.INVALID));
    }

    /** A conversation that the caller keeps. */
    private void converse(Exchange exchange, ChatRequest request) {
        ChatMessages messages = request.messages();
        var conversing =
                new Conversing(
                        exchange.caller().principal(),
                        request.model(),
                        messages.history(),
                        messages.input(),
                        asked(request),
                        request.metadata(),
                        exchange.receivedNanos(),
                        clock.nanos());
        Supplier<Future<Conversed>> turn = () -> turns.converse(conversing);
        if (!request.stream()) {
            exchange.when(
                    turn.get(),
                    begun -> ChatWait.begin(exchange, streams, begun.feed(), begun.hangUp()));
            return;
        }
        reserved(
                exchange,
                turn,
                begun -> {
                    Feed feed = begun.feed();
                    if (exchange.gone()) {
                        streams.unreserve(exchange.caller().principal());
                        begun.hangUp().run();
                    } else
                        streams.start(
                                exchange,
                                new ArrayDeque<>(),
                                feed,
                                feed.start(),
                                chunks(request, feed, begun.hangUp()));
                });
    }

    private ChatChunks chunks(ChatRequest request, Feed feed, Runnable whenLeft) {
        return ChatChunks.of(streams.counts(), feed, request.usage(), whenLeft);
    }

    /** Room for the stream comes first: what is accepted must not be refused afterwards. */
    private <T> void reserved(Exchange exchange, Supplier<Future<T>> work, Consumer<T> then) {
        if (exchange.request().version() == HttpVersion.HTTP_1_0)
            throw new ProblemException(
                    Problem.of(Problem.Code.INVALID_REQUEST, "streams need HTTP/1.1"));
        Problem noRoom = streams.reserve(exchange.caller().principal());
        if (noRoom != null) throw new ProblemException(noRoom);
        Future<T> begun;
        try {
            begun = work.get();
        } catch (RuntimeException e) {
            begun = Future.failedFuture(e);
        }
        exchange.when(
                begun.onFailure(refused -> streams.unreserve(exchange.caller().principal())), then);
    }

    // --- a conversation of ours

    private void submit(Exchange exchange, ChatRequest request, String conversation) {
        Principal principal = exchange.caller().principal();
        Submission submission =
                submission(exchange, request, new ConversationKey(principal, conversation));
        Supplier<Future<Attachment>> turn =
                () ->
                        turns.submit(submission)
                                .compose(
                                        reply -> {
                                            TurnDoors.name(exchange, reply.submitted());
                                            var id = new TurnId(reply.submitted().turn());
                                            return turns.attach(principal, id, null);
                                        });
        if (request.stream())
            reserved(exchange, turn, attachment -> stream(exchange, request, attachment));
        else exchange.when(turn.get(), attachment -> answer(exchange, attachment));
    }

    /**
     * Who reads a stream of chunks keeps what was shown; who waits for the whole is shown nothing.
     */
    private static Asked asked(ChatRequest request) {
        return new Asked(
                request.messages().instructions(),
                request.options(),
                request.stream(),
                request.tools(),
                request.messages().since());
    }

    private Submission submission(
            Exchange exchange, ChatRequest request, ConversationKey conversation) {
        ChatMessages messages = request.messages();
        if (!request.tools().isEmpty())
            throw wrong(
                    "tools",
                    "go only with a conversation that you keep: leave " + CONVERSATION + " out");
        if (!messages.since().isEmpty())
            throw wrong(
                    "messages",
                    "results of calls go only with a conversation that you keep: leave "
                            + CONVERSATION
                            + " out");
        if (messages.input().length() > Requests.TEXT_MAX)
            throw wrong("messages", "the input must have at most 262144 characters");
        String retries = exchange.header("X-Stainless-Retry-Count");
        return new Submission(
                conversation,
                messages.input(),
                Requests.key(exchange.headers("Idempotency-Key")),
                null,
                null,
                request.metadata(),
                asked(request),
                retries != null && !retries.equals("0"),
                request.model(),
                null,
                exchange.receivedNanos(),
                clock.nanos());
    }

    private void answer(Exchange exchange, Attachment attachment) {
        switch (attachment) {
            case Attachment.Live(Feed feed, Cursor from) -> wait(exchange, feed);
            case Attachment.SnapshotThenLive(Turn turn, Feed feed, Cursor from) ->
                    wait(exchange, feed);
            case Attachment.SnapshotThenLast(Turn turn, TurnEvent.Last last, String id) -> {
                Problem refusal = ChatAnswer.refusal(last);
                if (refusal != null) exchange.refuse(refusal);
                else if (last instanceof TurnEvent.Completed completed)
                    exchange.json(
                            200,
                            Weight.of(turn),
                            () -> ChatAnswer.of(turn, createdMs(turn), completed));
            }
            case Attachment.Over over -> throw fromTheStart();
        }
    }

    private void wait(Exchange exchange, Feed feed) {
        ChatWait.begin(exchange, streams, feed, () -> {});
    }

    private void stream(Exchange exchange, ChatRequest request, Attachment attachment) {
        if (exchange.gone()) {
            streams.unreserve(exchange.caller().principal());
            return;
        }
        switch (attachment) {
            case Attachment.Live(Feed feed, Cursor from) ->
                    streams.start(
                            exchange,
                            new ArrayDeque<>(),
                            feed,
                            from,
                            chunks(request, feed, () -> {}));
            case Attachment.SnapshotThenLive(Turn turn, Feed feed, Cursor from) -> {
                ChatChunks chunks = chunks(request, feed, () -> {});
                streams.start(exchange, chunks.said(turn), feed, from, chunks);
            }
            case Attachment.SnapshotThenLast(Turn turn, TurnEvent.Last last, String id) -> {
                Problem refusal = ChatAnswer.refusal(last);
                if (refusal != null) {
                    streams.unreserve(exchange.caller().principal());
                    exchange.refuse(refusal);
                    return;
                }
                ChatChunks chunks =
                        ChatChunks.of(streams.counts(), turn, createdMs(turn), request.usage());
                Queue<Following.Leading> all = chunks.said(turn);
                all.add(reader -> chunks.last(last));
                streams.start(exchange, all, chunks);
            }
            case Attachment.Over over -> {
                streams.unreserve(exchange.caller().principal());
                throw fromTheStart();
            }
        }
    }

    private static IllegalStateException fromTheStart() {
        return new IllegalStateException("a turn that is read from its start is never past it");
    }

    private static long createdMs(Turn turn) {
        return Rfc3339.millis(turn.created());
    }
}
