package dev.loadline.model;

import dev.loadline.core.Outcome;
import dev.loadline.core.ToolCall;
import dev.loadline.core.Usage;
import dev.loadline.guard.ProviderLimits;
import dev.loadline.guard.RetryAfter;

import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * One call to a provider's server. Everything happens on one loop.
 *
 * <p>It is over when the listener has heard the end or the call was cancelled. Then the upstream
 * request is closed at once, but for one case: after the answer's own end the body's end is awaited
 * for a second, so that the connection can be used again.
 */
final class RemoteCall implements ModelCall, CallWatch.Watched {
    private static final long LINGER_NANOS = Duration.ofSeconds(1).toNanos();
    private static final int LINGER_BYTES = 64 * 1024;

    /** What a call needs of its model. */
    record Setting(
            Function<CallWatch.Loop, Future<HttpClientRequest>> connect,
            ModelTimeouts timeouts,
            Protocol protocol,
            ModelSettings.@Nullable Price price) {}

    private final Setting setting;
    private final ModelRequest asked;
    private final ModelListener listener;
    private final CallWatch watch;
    private final CallWatch.Loop loop;
    private final ModelTimeouts timeouts;
    private final AnswerBound bound = new AnswerBound();

    private @Nullable HttpClientRequest upstream;
    private MultiMap headers = MultiMap.caseInsensitiveMultiMap(); // of the answer
    private @Nullable UpstreamAnswer answer;
    private @Nullable String finish;
    private @Nullable Usage usage;
    private boolean sent;
    private boolean begun; // the model has said something
    private boolean heard; // something came in the bytes being read
    private boolean over;
    private boolean upstreamEnded;
    private long sentNanos;
    private long lastNanos; // when it was sent, spoke last, or was over
    private long partNanos; // when the bytes came that are being read
    private long longestGapNanos;
    private @Nullable CallPieces calls;
    private Future<Void> closed = Future.succeededFuture();
    private int lingered;

    RemoteCall(
            Setting setting,
            ModelRequest asked,
            ModelListener listener,
            CallWatch watch,
            CallWatch.Loop loop) {
        this.setting = setting;
        this.asked = asked;
        this.listener = listener;
        this.watch = watch;
        this.loop = loop;
        ModelTimeouts own = asked.timeouts();
        this.timeouts = own == null ? setting.timeouts() : own;
    }

    void start(Buffer body) {
        if (over) return;
        if (asked.deadline().passed(watch.clock().nanos())) {
            end(new Outcome.CutShort<>("the deadline had passed"));
            return;
        }
        loop.add(this);
        setting.connect().apply(loop).onComplete(request -> connected(request, body), this::broken);
    }

    private void connected(HttpClientRequest request, Buffer body) {
        upstream = request;
        request.exceptionHandler(this::broken);
        if (over) {
            reset();
            return;
        }
        request.response().onComplete(this::answered, this::broken);
        Upload.of(request, body).onComplete(written -> markSent(), this::broken);
    }

    private void markSent() {
        if (over || sent) return;
        sent = true;
        sentNanos = watch.clock().nanos();
        lastNanos = sentNanos;
        listener.sent();
    }

    /** Its handlers are set before this returns: what comes later is lost. */
    private void answered(HttpClientResponse response) {
        response.exceptionHandler(this::broken).endHandler(end -> bodyEnded()).handler(this::bytes);
        if (over) return;
        markSent();
        headers = response.headers();
        tellLimits(response.statusCode());
        if (over) return;
        String type = response.getHeader("content-type");
        boolean json = type != null && type.toLowerCase(Locale.ROOT).contains("json");
        if (response.statusCode() / 100 != 2) {
            answer = new RefusedAnswer(this, response, setting.protocol().chunk());
            begun = true; // an error body comes at once or not at all
            lastNanos = watch.clock().nanos();
        } else {
            Chunk chunk = setting.protocol().chunk();
            answer =
                    json
                            ? new WholeAnswer(this, chunk)
                            : new StreamedAnswer(this, chunk, loop.scratch);
        }
    }

    /** A 429 that says when to come again knows it better. */
    private void tellLimits(int status) {
        long nowMillis = watch.clock().millis();
        Duration reset = setting.protocol().spent(headers, nowMillis);
        if (reset == null) return;
        if (status == 429 && !RetryAfter.of(headers, nowMillis).isZero()) return;
        listener.limits(new ProviderLimits(true, reset, sentNanos));
    }

    private void bytes(Buffer part) {
        if (over) {
            lingered += part.length();
            if (lingered > LINGER_BYTES) close();
            return;
        }
        if (answer == null) return;
        partNanos = watch.clock().nanos();
        answer.bytes(part);
        if (heard && !over) lastNanos = partNanos;
        heard = false;
    }

    private void bodyEnded() {
        upstreamEnded = true;
        if (over) loop.remove(this);
        else if (answer != null) answer.end();
    }

    void broken(Throwable cause) {
        if (over) close();
        else if (finish != null) end(complete(finish));
        else if (answer instanceof RefusedAnswer refused) refused.end();
        else end(failures().broken(cause));
    }

    /** A chunk of an answer that is no error. */
    void take(Chunk chunk) {
        if (!chunk.idle && !heard) heard();
        String reasoning = chunk.reasoning;
        String text = chunk.text;
        if (chunk.finish != null) finish = chunk.finish;
        if (chunk.hasUsage) usage = usage(chunk);
        if (chunk.quiet) begun = false;
        if (chunk.works || finish != null) begun = true;
        if (!chunk.pieces.isEmpty()) called(chunk.pieces);
        if (over) return;
        if (reasoning != null && !reasoning.isEmpty()) think(bound.fit(reasoning));
        if (text != null && !text.isEmpty() && !over) speak(bound.fit(text));
        if (bound.full() && !over)
            end(new Outcome.Ok<>(new ModelAnswer(ModelAnswer.Reason.LENGTH, usage)));
    }

    private void called(List<CallPieces.Piece> pieces) {
        if (calls == null) {
            calls = new CallPieces();
            listener.works();
        }
        for (CallPieces.Piece piece : pieces)
            if (!over && !calls.add(piece))
                garbage(
                        "it asks for over %d calls, or with over 1 MiB of arguments"
                                .formatted(CallPieces.CALLS_MAX));
    }

    /** What was cut off in the middle is not to be called. */
    private List<ToolCall> calls(ModelAnswer.Reason reason) {
        return calls == null || reason != ModelAnswer.Reason.STOP ? List.of() : calls.calls();
    }

    /** Once for all chunks that came together. */
    private void heard() {
        heard = true;
        if (begun) longestGapNanos = Math.max(longestGapNanos, partNanos - lastNanos);
    }

    private void think(String delta) {
        begun = true;
        if (!delta.isEmpty()) listener.reasoning(delta);
    }

    private void speak(String delta) {
        begun = true;
        if (!delta.isEmpty()) listener.text(delta);
    }

    private Usage usage(Chunk chunk) {
        ModelSettings.Price price = setting.price();
        return new Usage(
                chunk.inputTokens,
                chunk.cachedTokens,
                chunk.outputTokens,
                chunk.reasoningTokens,
                price == null ? null : price.of(chunk.inputTokens, chunk.outputTokens),
                1,
                null);
    }

    /** The answer says that it is over, or its body is. */
    void complete() {
        if (finish == null) end(failures().cutOff(headers));
        else endAndLinger(complete(finish));
    }

    private Outcome<ModelAnswer> complete(String word) {
        ModelAnswer.Reason reason = setting.protocol().reason(word);
        return reason == null
                ? failures().garbage("the server ended the answer with '" + word + "'")
                : new Outcome.Ok<>(new ModelAnswer(reason, usage, calls(reason)));
    }

    void errorInside(Chunk chunk) {
        end(failures().inside(chunk, headers, watch.clock().millis()));
    }

    void refused(HttpClientResponse response, Chunk error, String text) {
        end(
                failures()
                        .refused(
                                response.statusCode(),
                                response.headers(),
                                watch.clock().millis(),
                                error,
                                text));
    }

    void garbage(String what) {
        end(failures().garbage(what));
    }

    private Failures failures() {
        return setting.protocol().failures();
    }

    boolean over() {
        return over;
    }

    @Override
    public void look(long nowNanos) {
        long silent = nowNanos - lastNanos;
        if (over) {
            if (silent >= LINGER_NANOS) close();
        } else if (asked.deadline().passed(nowNanos)) {
            silence(new Outcome.CutShort<>("the deadline passed"));
        } else if (sent && !begun && silent >= timeouts.firstEvent().toNanos()) {
            silence(late("no first event", timeouts.firstEvent()));
        } else if (begun && silent >= timeouts.gap().toNanos()) {
            silence(late("no event", timeouts.gap()));
        }
    }

    private Outcome<ModelAnswer> late(String what, Duration limit) {
        return failures().silent(what + " in " + limit.toMillis() + " ms", headers);
    }

    /** What is known already is worth more than that nothing follows. */
    private void silence(Outcome<ModelAnswer> outcome) {
        if (finish != null) end(complete(finish));
        else if (answer instanceof RefusedAnswer refused) refused.end();
        else end(outcome);
    }

    @Override
    public void cancel() {
        if (over) return;
        over = true;
        close();
    }

    @Override
    public long longestGapNanos() {
        return longestGapNanos;
    }

    @Override
    public Future<Void> closed() {
        return closed;
    }

    private void end(Outcome<ModelAnswer> outcome) {
        if (over) return;
        over = true;
        close();
        listener.ended(outcome);
    }

    private void endAndLinger(Outcome<ModelAnswer> outcome) {
        over = true;
        lastNanos = watch.clock().nanos();
        if (upstreamEnded) loop.remove(this);
        listener.ended(outcome);
    }

    private void close() {
        loop.remove(this);
        boolean open = !upstreamEnded;
        upstreamEnded = true;
        if (open) reset();
    }

    private void reset() {
        if (upstream != null) closed = UpstreamReset.of(upstream);
    }
}
