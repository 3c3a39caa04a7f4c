package dev.loadline.app;

import io.netty.channel.EventLoop;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Numbers the event loops. Instances of two verticles do not map to the same loops, so an address
 * of a loop is made from the loop itself. Any thread.
 */
final class Loops {
    private final ConcurrentMap<EventLoop, Integer> numbers = new ConcurrentHashMap<>();
    private final AtomicInteger next = new AtomicInteger();

    /** The number of the loop that asks; 0 off the loops. */
    int here() {
        Context context = Vertx.currentContext();
        if (!(context instanceof ContextInternal inside)) return 0;
        return numbers.computeIfAbsent(inside.nettyEventLoop(), loop -> next.getAndIncrement());
    }
}
