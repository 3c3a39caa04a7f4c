package dev.loadline.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.internal.PlatformDependent;

import org.junit.jupiter.api.Test;

import java.lang.management.ManagementFactory;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Goal: the shares follow what is really held. Method: buffers and collections of this JVM. */
class MemoryUseTest {
    private static final int SIZE = 48 << 20;

    private final MemoryUse use = MemoryUse.ofThisJvm();

    @Test
    void direct_memory_counts_while_buffers_hold_it_and_not_while_it_is_pooled() {
        double share = (double) SIZE / PlatformDependent.maxDirectMemory();
        double before = use.direct();
        ByteBuf held = PooledByteBufAllocator.DEFAULT.directBuffer(SIZE, SIZE);
        assertThat(use.direct()).isBetween(before + share / 2, before + share * 2);
        held.release();
        assertThat(use.direct()).isLessThan(before + share / 2);
        assertThat(use.share()).isGreaterThanOrEqualTo(use.direct());
    }

    @Test
    void the_heap_counts_after_collections_and_garbage_does_not() {
        double share = (double) SIZE / Runtime.getRuntime().maxMemory();
        collect();
        double before = use.heap();
        byte[][] held = new byte[SIZE >> 16][1 << 16];
        collect();
        assertThat(use.heap()).isGreaterThan(before + share / 2);
        assertThat(held.length).isPositive(); // it lives until here
        held = null;
        collect();
        assertThat(use.heap()).isLessThan(before + share / 2);
        assertThat(use.heap()).isPositive();
    }

    /** A collection is told a little after it has ended. */
    private void collect() {
        int before = use.collections();
        for (int i = 0; i < 4; i++) ManagementFactory.getMemoryMXBean().gc();
        until(() -> use.collections() - before >= 4);
    }

    private static void until(BooleanSupplier holds) {
        long end = System.nanoTime() + 10_000_000_000L;
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() - end > 0) throw new AssertionError("it never was");
            LockSupport.parkNanos(1_000_000);
        }
    }
}
