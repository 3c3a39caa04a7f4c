package dev.loadline.telemetry;

import com.sun.management.GarbageCollectionNotificationInfo;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.internal.PlatformDependent;

import org.jspecify.annotations.Nullable;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.Set;
import java.util.stream.Collectors;

import javax.management.NotificationEmitter;
import javax.management.openmbean.CompositeData;

/**
 * How much of the JVM's memory is in use, as shares of what there can be. Any thread; must not
 * block.
 */
public final class MemoryUse {
    private static final int READINGS = 3;
    private static final MemoryUse OF_THIS_JVM = new MemoryUse();

    private final Set<String> heapPools;
    private final long[] afterCollections = new long[READINGS]; // bytes; under the lock
    private final Object lock = new Object();
    private int collections; // under the lock

    /** There is one heap, so there is one of these; it listens as long as the JVM lives. */
    private MemoryUse() {
        heapPools =
                ManagementFactory.getMemoryPoolMXBeans().stream()
                        .filter(pool -> pool.getType() == MemoryType.HEAP)
                        .map(MemoryPoolMXBean::getName)
                        .collect(Collectors.toUnmodifiableSet());
        for (var collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            if (!(collector instanceof NotificationEmitter emitter)) continue;
            emitter.addNotificationListener(
                    (told, ignored) -> {
                        if (told.getUserData() instanceof CompositeData data)
                            collected(GarbageCollectionNotificationInfo.from(data));
                    },
                    told ->
                            GarbageCollectionNotificationInfo.GARBAGE_COLLECTION_NOTIFICATION
                                    .equals(told.getType()),
                    null);
        }
    }

    public static MemoryUse ofThisJvm() {
        return OF_THIS_JVM;
    }

    private void collected(GarbageCollectionNotificationInfo told) {
        long used =
                told.getGcInfo().getMemoryUsageAfterGc().entrySet().stream()
                        .filter(pool -> heapPools.contains(pool.getKey()))
                        .map(java.util.Map.Entry::getValue)
                        .mapToLong(MemoryUsage::getUsed)
                        .sum();
        synchronized (lock) {
            afterCollections[collections % READINGS] = used;
            collections++;
        }
    }

    /**
     * Of the heap, what the last three collections have all left: a young one leaves what is dead
     * in the old, so the least of them is nearest to what is needed. Null before there were three.
     *
     * <p>What is in use at any moment says nothing: garbage fills the heap before each collection
     * however little is alive. And it is not what G1's old generation calls its collection usage:
     * that is of the last mixed or full collection, 0 for hours on a calm server and long out of
     * date when it gets tight.
     */
    public @Nullable Double heap() {
        long least = Long.MAX_VALUE;
        synchronized (lock) {
            if (collections < READINGS) return null;
            for (long each : afterCollections) least = Math.min(least, each);
        }
        return (double) least / Runtime.getRuntime().maxMemory();
    }

    /** How many collections it has heard of. */
    int collections() {
        synchronized (lock) {
            return collections;
        }
    }

    /** Of the memory for sockets, what buffers hold; what the pool keeps empty is room. */
    public double direct() {
        long max = PlatformDependent.maxDirectMemory();
        if (max <= 0) return 0;
        long used =
                switch (ByteBufAllocator.DEFAULT) {
                    case PooledByteBufAllocator pooled -> pooled.pinnedDirectMemory();
                    case ByteBufAllocatorMetricProvider other -> other.metric().usedDirectMemory();
                    default -> 0;
                };
        return (double) used / max;
    }

    /** Of the scarcer of the two. */
    public double share() {
        Double heap = heap();
        return heap == null ? direct() : Math.max(heap, direct());
    }
}
