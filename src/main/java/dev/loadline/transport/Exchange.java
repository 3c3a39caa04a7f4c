package dev.loadline.transport;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.core.Json;
import dev.loadline.core.Problem;
import dev.loadline.core.ProblemException;
import dev.loadline.core.Timers;
import dev.loadline.mailbox.HeavyWork;
import dev.loadline.telemetry.ConnectionMeter.Stall;

import io.netty.handler.codec.http2.Http2Error;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/** One request that has found its door, and the answer to it. */
final class Exchange {
    private static final int PIECE = 32 * 1024;
    private static final int STRETCH = 4 * PIECE; // given to the connection at once
    private static final Duration LINGER = Duration.ofSeconds(1);

    private final HttpServerRequest request;
    private final Answers answers;
    private final HeavyWork heavy;
    private final TransportParts parts;
    private final Timers timers;
    private final Duration idle;
    private final boolean http2;
    private final Dialect dialect;
    private @Nullable Caller caller;
    private @Nullable JsonNode body;
    private Map<String, String> names = Map.of();
    private int bodyLength; // bytes
    private long receivedNanos;
    private boolean closes;
    private int taken; // pieces of the answer
    private Stalls.@Nullable Stall waiting; // for a large answer to be taken

    /**
     * @param heavy does what would hold the loop
     * @param idle how long the client may take nothing of an answer
     */
    Exchange(
            HttpServerRequest request,
            Answers answers,
            HeavyWork heavy,
            TransportParts parts,
            Duration idle) {
        this.request = request;
        this.answers = answers;
        this.heavy = heavy;
        this.parts = parts;
        this.timers = parts.timers();
        this.idle = idle;
        this.http2 = request.version() == HttpVersion.HTTP_2;
        this.dialect = Dialect.of(request.path());
        answers.begin(request.response(), dialect);
    }

    // --- what is asked

    HttpServerRequest request() {
        return request;
    }

    HttpServerResponse response() {
        return request.response();
    }

    void found(Map<String, String> pathNames, Caller who) {
        names = pathNames;
        caller = who;
    }

    /**
     * @param length of the body, in bytes
     */
    void received(@Nullable JsonNode json, int length, long nowNanos) {
        body = json;
        bodyLength = length;
        receivedNanos = nowNanos;
    }

    Caller caller() {
        if (caller == null) throw new IllegalStateException("the door is open to everybody");
        return caller;
    }

    JsonNode body() {
        if (body == null) throw new IllegalStateException("the door asks for no body");
        return body;
    }

    /**
     * Makes something of the body, and carries on with it.
     *
     * @param reader called on any thread
     */
    <T> void read(Function<JsonNode, T> reader, Consumer<T> then) {
        JsonNode json = body();
        if (bodyLength <= HeavyWork.SMALL) then.accept(reader.apply(json));
        else when(heavy.offer(() -> reader.apply(json)), then);
    }

    @Nullable JsonNode bodyIfAny() {
        return body;
    }

    long receivedNanos() {
        return receivedNanos;
    }

    /** A named segment of the path. */
    String name(String segment) {
        String value = names.get(segment);
        if (value == null) throw new IllegalStateException("no segment is named " + segment);
        return value;
    }

    @Nullable String query(String parameter) {
        try {
            return request.params().get(parameter);
        } catch (IllegalArgumentException e) {
            throw new ProblemException(
                    Problem.of(Problem.Code.INVALID_REQUEST, "the query is not well encoded"));
        }
    }

    @Nullable String header(String header) {
        return request.getHeader(header);
    }

    /**
     * All lines of a header that are not the same, as text: what clients send beyond ASCII is
     * UTF-8.
     */
    List<String> headers(String header) {
        return request.headers().getAll(header).stream().map(Exchange::utf8).distinct().toList();
    }

    private static String utf8(String latin1) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(latin1.getBytes(StandardCharsets.ISO_8859_1)))
                    .toString();
        } catch (CharacterCodingException itIsNot) {
            return latin1;
        }
    }

    // --- what is answered

    /** Carries on when the future completes; what fails, also in {@code then}, is answered. */
    <T> void when(Future<T> future, Consumer<T> then) {
        future.onComplete(value -> attempt(() -> then.accept(value)), this::fail);
    }

    /** What fails is answered. */
    void attempt(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException e) {
            fail(e);
        }
    }

    void json(int status, Object value) {
        json(status, Weight.of(value), () -> value);
    }

    /**
     * @param weight about how many characters are in it
     * @param value made on any thread
     */
    void json(int status, long weight, Supplier<Object> value) {
        if (gone()) return;
        if (weight <= HeavyWork.SMALL) sendJson(status, json(value));
        else when(heavy.run(() -> json(value)), bytes -> sendJson(status, bytes));
    }

    private static Buffer json(Supplier<Object> value) {
        return Buffer.buffer(Json.write(value.get()));
    }

    private void sendJson(int status, Buffer bytes) {
        if (gone()) return;
        response().putHeader(HttpHeaders.CACHE_CONTROL, "no-store");
        send(status, "application/json", bytes);
    }

    void send(int status, String type, Buffer bytes) {
        if (gone()) return;
        response().setStatusCode(status).putHeader(HttpHeaders.CONTENT_TYPE, type);
        end(bytes);
    }

    void empty(int status) {
        if (gone()) return;
        response().setStatusCode(status);
        end(Buffer.buffer());
    }

    void fail(Throwable failure) {
        refuse(answers.problem(failure, request.method() + " " + request.path()));
    }

    void refuse(Problem problem) {
        if (gone()) return;
        if (response().headWritten()) { // a stream that broke: to be resumed
            if (http2) Cut.answer(request, Http2Error.INTERNAL_ERROR);
            else cut();
            return;
        }
        end(answers.prepare(response(), problem, dialect));
    }

    /** The client is told to ask elsewhere from now on: its connection takes nothing more. */
    void closesAfter() {
        closes = true;
    }

    /** True if nobody takes an answer any more, or one was given. */
    boolean gone() {
        return response().ended() || response().closed();
    }

    private void end(Buffer bytes) {
        boolean unread = Body.mayFollow(request) && !request.isEnded();
        boolean cuts = !http2 && closes && !unread;
        if (http2) {
            if (closes) request.connection().goAway(0); // what is under way there goes on
        } else if (closes || unread) {
            response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        }
        if (unread) linger();
        Future<Void> sent = last(bytes);
        if (bytes.length() > PIECE && !sent.isComplete()) heldUntil(sent, bytes.length());
        if (http2) cutIfStalled(sent);
        sent.onComplete(
                over -> {
                    if (cuts) cut();
                });
    }

    /**
     * One whose connection lives on by its other streams; HTTP/1.1's own idle time does it else.
     */
    private void cutIfStalled(Future<Void> sent) {
        if (sent.isComplete()) return;
        int before = taken;
        Timers.Timer patience =
                timers.after(
                        idle,
                        () -> {
                            if (taken != before) cutIfStalled(sent);
                            else Cut.answer(request, Http2Error.ENHANCE_YOUR_CALM);
                        });
        sent.onComplete(over -> patience.cancel());
    }

    /** Until all is taken, a large answer is one of the things to let go of for want of memory. */
    private void heldUntil(Future<Void> sent, int length) {
        Stalls stalls = parts.counts().stalls();
        Stalls.Stall here = stalls.begin(length, parts.clock().nanos(), this::makeRoom);
        waiting = here;
        sent.onComplete(
                over -> {
                    waiting = null;
                    stalls.end(here);
                });
    }

    private void makeRoom() {
        if (waiting == null || !waiting.lasts(parts.clock().nanos())) return;
        parts.metrics().connections().cut(Stall.MEMORY);
        Cut.answer(request, Http2Error.ENHANCE_YOUR_CALM);
    }

    private void taken() {
        taken++;
        if (waiting != null) waiting.took(parts.clock().nanos());
    }

    /**
     * Large answers go in pieces: each that is taken proves that the client still reads, and only a
     * few are with the connection at a time.
     */
    private Future<Void> last(Buffer bytes) {
        int length = bytes.length();
        boolean bodiless = request.method().equals(HttpMethod.HEAD);
        if (length <= PIECE && !bodiless) return response().end(bytes);
        response().putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(length));
        if (bodiless) return response().end();
        Promise<Void> sent = Promise.promise();
        pieces(bytes, 0, sent);
        return sent.future();
    }

    private void pieces(Buffer bytes, int from, Promise<Void> sent) {
        int at = from;
        int pause = Math.min(bytes.length(), from + STRETCH);
        for (; bytes.length() - at > PIECE && at + PIECE < pause; at += PIECE)
            response().write(bytes.slice(at, at + PIECE)).onComplete(flushed -> taken());
        int next = Math.min(bytes.length(), at + PIECE);
        Buffer piece = bytes.slice(at, next);
        if (next == bytes.length()) {
            response().end(piece).onComplete(sent);
            return;
        }
        response()
                .write(piece)
                .onComplete(
                        flushed -> { // perhaps at once, so the loop gets a turn between
                            taken();
                            later(() -> pieces(bytes, next, sent));
                        },
                        sent::fail);
    }

    private static void later(Runnable task) {
        Vertx.currentContext().runOnContext(run -> task.run());
    }

    /**
     * A client that is still sending would lose the answer to a reset: what comes is dropped for a
     * moment before the connection, or its stream over HTTP/2, is cut.
     */
    private void linger() {
        Timers.Timer patience = timers.after(LINGER, this::cut);
        request.exceptionHandler(lost -> patience.cancel());
        request.handler(dropped -> {});
        request.endHandler(
                end -> {
                    patience.cancel();
                    if (!http2) cut();
                });
    }

    private void cut() {
        if (http2) Cut.answer(request, Http2Error.NO_ERROR); // the answer is whole
        else request.connection().close().onComplete(closed -> {});
    }
}
