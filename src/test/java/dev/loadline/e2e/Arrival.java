package dev.loadline.e2e;

import io.vertx.core.MultiMap;

import java.time.Duration;

/**
 * One request at a {@link FaultyUpstream}. Written on its loop, read on any thread.
 *
 * @see FaultyUpstream#arrivals
 */
final class Arrival {
    /** How it went so far. */
    enum Fate {
        OPEN,
        SERVED,
        REFUSED,
        /** By the upstream, in mid-answer. */
        CUT,
        /** The client hung up before the end. */
        CLOSED
    }

    private final int number;
    private final long atNanos;
    private final String marker;
    private final int nth;
    private final MultiMap headers;
    private final String body;
    private volatile Fate fate = Fate.OPEN;
    private volatile int status;
    private volatile long endedNanos;

    Arrival(int number, long atNanos, String marker, int nth, MultiMap headers, String body) {
        this.number = number;
        this.atNanos = atNanos;
        this.marker = marker;
        this.nth = nth;
        this.headers = headers;
        this.body = body;
    }

    /** From 1, in order. */
    int number() {
        return number;
    }

    /** When its last byte was read. */
    long atNanos() {
        return atNanos;
    }

    /** The turn it belongs to: the last {@code <word>} of its body; empty if there is none. */
    String marker() {
        return marker;
    }

    /** The how many-th with this marker, from 1: above 1 it is a retry. */
    int nth() {
        return nth;
    }

    String header(String name) {
        String value = headers.get(name);
        return value == null ? "" : value;
    }

    String body() {
        return body;
    }

    Fate fate() {
        return fate;
    }

    /** 0 before the head of the answer is written. */
    int status() {
        return status;
    }

    /** Of an {@link Fate#OPEN} one zero. */
    long endedNanos() {
        return endedNanos;
    }

    Duration since(long nanos) {
        return Duration.ofNanos(atNanos - nanos);
    }

    void answeredBy(int code) {
        status = code;
    }

    /** The first word counts. */
    void ended(Fate how) {
        if (fate != Fate.OPEN) return;
        endedNanos = System.nanoTime();
        fate = how;
    }

    @Override
    public String toString() {
        return number + " <" + marker + "> " + nth + ": " + status + " " + fate;
    }
}
