package dev.loadline.load.standin;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;

/**
 * One streamed answer under way, on one event loop. Chunks have due times from the first one on, so
 * that a late timer makes none of the later ones late. Where the reader does not take them it waits
 * for the reader.
 */
final class Answer {
    private static final int WITHOUT_A_BREAK = 64;
    private static final int UNSENT_MAX = 32 * 1024;

    private final Vertx vertx;
    private final HttpServerResponse response;
    private final Script script;
    private final Chunks chunks;
    private final Counts counts;
    private final long received;
    private long firstDue;
    private int sent;
    private int unsent; // bytes that the connection has not passed on
    private boolean waits; // for room
    private boolean over;

    Answer(Vertx vertx, HttpServerResponse response, Script script, Counts counts, long received) {
        this.vertx = vertx;
        this.response = response;
        this.script = script;
        this.chunks = new Chunks(script);
        this.counts = counts;
        this.received = received;
    }

    void begin() {
        counts.begun(script);
        response.closeHandler(closed -> end(false));
        response.exceptionHandler(cut -> end(false));
        response.setChunked(true).putHeader("Content-Type", "text/event-stream");
        firstDue = received + script.first().toNanos();
        goOn();
    }

    private void goOn() {
        if (over) return;
        int bursts = 0;
        while (sent < script.tokens()) {
            long wait = due() - System.nanoTime();
            if (wait > 0) {
                vertx.setTimer(Math.max(1, (wait + 500_000) / 1_000_000), timer -> goOn());
                return;
            }
            waits = unsent >= UNSENT_MAX;
            if (waits) return;
            if (bursts++ == WITHOUT_A_BREAK) {
                vertx.runOnContext(next -> goOn());
                return;
            }
            burst();
        }
    }

    private void burst() {
        int to = Math.min(sent + script.burst(), script.tokens());
        Buffer out = Buffer.buffer(512 + (to - sent) * 256);
        chunks.append(out, sent, to, received);
        counts.tokens(to - sent);
        sent = to;
        if (sent < script.tokens()) {
            write(out);
            return;
        }
        chunks.appendEnd(out);
        end(true);
        response.end(out);
    }

    private void write(Buffer out) {
        int bytes = out.length();
        unsent += bytes;
        response.write(out).onComplete(taken -> taken(bytes));
    }

    /** In a task of its own: this is called in the midst of what writes. */
    private void taken(int bytes) {
        unsent -= bytes;
        if (!waits || unsent > UNSENT_MAX / 2) return;
        waits = false;
        vertx.runOnContext(next -> goOn());
    }

    private long due() {
        return firstDue + sent / script.burst() * script.pace().toNanos();
    }

    private void end(boolean whole) {
        if (over) return;
        over = true;
        counts.ended(script, whole);
    }
}
