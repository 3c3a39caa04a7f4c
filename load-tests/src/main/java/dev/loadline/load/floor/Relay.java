package dev.loadline.load.floor;

import com.fasterxml.jackson.core.io.JsonStringEncoder;

import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpServerResponse;

/**
 * One answer on its way from the model to a client: a {@code text.delta} for each chunk, {@code
 * turn.completed} at the end. What a slow client does not take waits in memory: to hold the model
 * back would cost more. Lives on one event loop.
 */
final class Relay {
    private final Context loop;
    private final HttpServerResponse client;
    private final boolean coalesced;
    private final String turn;
    private final StringBuilder whole = new StringBuilder();
    private Buffer waiting = Buffer.buffer(1024);
    private boolean flushing;
    private int events;

    Relay(Context loop, HttpServerResponse client, boolean coalesced, String turn) {
        this.loop = loop;
        this.client = client;
        this.coalesced = coalesced;
        this.turn = turn;
    }

    void from(HttpClientResponse model) {
        UpstreamEvents upstream = new UpstreamEvents(this::text);
        client.closeHandler(gone -> model.request().reset());
        model.exceptionHandler(cut -> client.reset());
        model.endHandler(end -> completed());
        model.handler(upstream::feed);
    }

    private void text(String text) {
        Buffer event = coalesced ? waiting : Buffer.buffer(256);
        event.appendString("event: text.delta\nid: ")
                .appendString(Integer.toString(++events))
                .appendString("\ndata: {\"turn\":\"")
                .appendString(turn)
                .appendString("\",\"step\":1,\"at\":")
                .appendString(Integer.toString(whole.length()))
                .appendString(",\"text\":\"")
                .appendBytes(JsonStringEncoder.getInstance().quoteAsUTF8(text))
                .appendString("\"}\n\n");
        whole.append(text);
        if (!coalesced) client.write(event);
        else if (!flushing) {
            flushing = true;
            loop.runOnContext(turnOfTheLoop -> flush());
        }
    }

    private void flush() {
        flushing = false;
        if (waiting.length() == 0 || client.ended()) return;
        client.write(waiting);
        waiting = Buffer.buffer(1024);
    }

    private void completed() {
        flush();
        if (client.ended() || client.closed()) return;
        byte[] text = JsonStringEncoder.getInstance().quoteAsUTF8(whole.toString());
        client.end(
                Buffer.buffer("event: turn.completed\nid: " + ++events)
                        .appendString("\ndata: {\"turn\":\"" + turn + "\",\"text\":\"")
                        .appendBytes(text)
                        .appendString("\",\"finish\":\"stop\"}\n\n"));
    }
}
