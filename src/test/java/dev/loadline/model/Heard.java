package dev.loadline.model;

import dev.loadline.core.Outcome;
import dev.loadline.core.Utf16;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A listener that keeps what it hears and holds the contract of {@link ModelListener}. */
class Heard implements ModelListener {
    final CompletableFuture<Outcome<ModelAnswer>> end = new CompletableFuture<>();
    final CompletableFuture<Void> firstText = new CompletableFuture<>();
    final List<String> deltas = new ArrayList<>();
    final List<String> order = new ArrayList<>();
    final List<String> broken = new ArrayList<>();
    private final StringBuilder text = new StringBuilder();
    private final StringBuilder reasoning = new StringBuilder();
    private @Nullable Thread thread;
    private boolean sent;

    @Override
    public synchronized void sent() {
        check("sent");
        if (sent) broken.add("sent twice");
        sent = true;
    }

    @Override
    public synchronized void works() {
        check("works");
    }

    @Override
    public synchronized void text(String delta) {
        check("text");
        if (delta.isEmpty()) broken.add("an empty delta");
        deltas.add(delta);
        text.append(delta);
        firstText.complete(null);
    }

    @Override
    public synchronized void reasoning(String delta) {
        check("reasoning");
        if (delta.isEmpty()) broken.add("an empty delta");
        reasoning.append(delta);
    }

    @Override
    public synchronized void ended(Outcome<ModelAnswer> outcome) {
        check("ended");
        end.complete(outcome);
    }

    private void check(String what) {
        if (end.isDone()) broken.add(what + " after the end");
        if (thread == null) thread = Thread.currentThread();
        if (thread != Thread.currentThread()) broken.add(what + " on " + Thread.currentThread());
        if (order.isEmpty() || !order.getLast().equals(what)) order.add(what);
    }

    synchronized String text() {
        return text.toString();
    }

    synchronized String reasoning() {
        return reasoning.toString();
    }

    /** Joined, with lone halves replaced as the feed does. */
    String whole() {
        return Utf16.wellFormed(text());
    }

    synchronized @Nullable Thread thread() {
        return thread;
    }

    synchronized List<String> broken() {
        return List.copyOf(broken);
    }

    /** Waits at most ten seconds. */
    Outcome<ModelAnswer> outcome() throws Exception {
        return end.get(10, TimeUnit.SECONDS);
    }
}
