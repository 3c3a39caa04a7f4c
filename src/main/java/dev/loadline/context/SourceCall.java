package dev.loadline.context;

import dev.loadline.core.Clock;
import dev.loadline.core.Outcome;
import dev.loadline.guard.GuardedCalls;
import dev.loadline.mailbox.HeavyWork;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.Locale;

/** One request to a source. Everything happens on one loop. */
final class SourceCall {
    private static final Logger LOG = LoggerFactory.getLogger(SourceCall.class);
    private static final int BODY_MAX = 256 * 1024;
    private static final int NO_CONTENT = 204;

    private final GuardedCalls.Progress<List<ContextItem>> heard;
    private final Clock clock;
    private final HeavyWork heavy;
    private final Buffer body = Buffer.buffer(); // of the answer
    private @Nullable HttpClientRequest request;
    private @Nullable HttpClientResponse response;
    private boolean over;

    SourceCall(GuardedCalls.Progress<List<ContextItem>> heard, Clock clock, HeavyWork heavy) {
        this.heard = heard;
        this.clock = clock;
        this.heavy = heavy;
    }

    void start(Future<HttpClientRequest> connecting, Buffer json) {
        connecting.onComplete(connected -> send(connected, json), this::broken);
    }

    private void send(HttpClientRequest connected, Buffer json) {
        request = connected;
        connected.exceptionHandler(this::broken);
        if (over) {
            reset();
            return;
        }
        connected.response().onComplete(this::answered, this::broken);
        connected.end(json).onComplete(written -> heard.sent(), this::broken);
    }

    /** Its handlers are set before this returns: what comes later is lost. */
    private void answered(HttpClientResponse answer) {
        response = answer;
        answer.exceptionHandler(this::broken).endHandler(end -> whole()).handler(this::part);
        heard.sent();
        if (!isGood(answer)) return;
        String type = answer.getHeader("content-type");
        boolean json = type != null && type.toLowerCase(Locale.ROOT).contains("json");
        if (!json && answer.statusCode() != NO_CONTENT)
            cut(SourceAnswer.garbage("the answer's content type is no JSON"));
    }

    private static boolean isGood(HttpClientResponse answer) {
        return answer.statusCode() / 100 == 2;
    }

    private void part(Buffer bytes) {
        if (over || response == null) return;
        if (body.length() + bytes.length() <= BODY_MAX) body.appendBuffer(bytes);
        else if (isGood(response))
            cut(SourceAnswer.garbage("the answer is longer than " + BODY_MAX + " bytes"));
        else cut(refused(response));
    }

    private void whole() {
        if (over || response == null) return;
        over = true;
        if (!isGood(response)) heard.ended(refused(response));
        else if (response.statusCode() == NO_CONTENT) heard.ended(new Outcome.Ok<>(List.of()));
        else if (body.length() <= HeavyWork.SMALL) heard.ended(SourceAnswer.read(body.getBytes()));
        else
            heavy.run(() -> SourceAnswer.read(body.getBytes()))
                    .onComplete(heard::ended, bug -> heard.ended(SourceAnswer.broken(bug)));
    }

    private Outcome<List<ContextItem>> refused(HttpClientResponse answer) {
        return SourceAnswer.refused(answer.statusCode(), answer.headers(), clock.millis());
    }

    private void broken(Throwable cause) {
        if (over) return;
        if (response != null && !isGood(response)) cut(refused(response));
        else cut(SourceAnswer.broken(cause));
    }

    private void cut(Outcome<List<ContextItem>> outcome) {
        giveUp();
        heard.ended(outcome);
    }

    /** Nothing more is told of it; the connection is closed. */
    void giveUp() {
        over = true;
        reset();
    }

    private void reset() {
        if (request != null)
            request.reset().onFailure(gone -> LOG.trace("was closed already", gone));
    }
}
