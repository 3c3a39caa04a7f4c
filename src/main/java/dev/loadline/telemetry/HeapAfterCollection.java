package dev.loadline.telemetry;

import com.sun.management.GarbageCollectionNotificationInfo;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

import javax.management.ListenerNotFoundException;
import javax.management.Notification;
import javax.management.NotificationEmitter;
import javax.management.NotificationListener;
import javax.management.openmbean.CompositeData;

/**
 * How much of the heap the last collection could not free. What is in use at any moment says
 * nothing: garbage fills the heap before each collection however little is alive. It is taken from
 * the notification of every collection, over all pools of the heap, and not from {@link
 * MemoryPoolMXBean#getCollectionUsage()}: of G1's old generation that is what the last mixed or
 * full collection left, 0 for hours on a calm server and long out of date when it gets tight, while
 * young collections, which always come, say what has been promoted by then. Old garbage that no
 * cycle has marked yet is in it: it is not free either until one has.
 *
 * <p>Told on a thread of the JVM's; read on any.
 */
public final class HeapAfterCollection implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HeapAfterCollection.class);

    private final Set<String> pools =
            ManagementFactory.getMemoryPoolMXBeans().stream()
                    .filter(pool -> pool.getType() == MemoryType.HEAP)
                    .map(MemoryPoolMXBean::getName)
                    .collect(Collectors.toUnmodifiableSet());
    private final NotificationListener listener = this::told;
    private final List<NotificationEmitter> heard = new ArrayList<>();
    private volatile long used = -1;

    private HeapAfterCollection() {}

    /** Listens from now on. */
    public static HeapAfterCollection watch() {
        var watch = new HeapAfterCollection();
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            if (!(collector instanceof NotificationEmitter emitter)) continue;
            emitter.addNotificationListener(watch.listener, null, null);
            watch.heard.add(emitter);
        }
        return watch;
    }

    private void told(Notification notification, @Nullable Object handback) {
        if (!notification
                .getType()
                .equals(GarbageCollectionNotificationInfo.GARBAGE_COLLECTION_NOTIFICATION)) return;
        var info =
                GarbageCollectionNotificationInfo.from((CompositeData) notification.getUserData());
        Map<String, MemoryUsage> after = info.getGcInfo().getMemoryUsageAfterGc();
        long sum = 0;
        for (var pool : after.entrySet())
            if (pools.contains(pool.getKey())) sum += pool.getValue().getUsed();
        used = sum;
    }

    /** As a share of the most the heap may grow to; null: nothing has been collected yet. */
    public @Nullable Double share() {
        long most = Runtime.getRuntime().maxMemory();
        return used < 0 ? null : Double.valueOf((double) used / most);
    }

    @Override
    public void close() {
        for (NotificationEmitter emitter : heard) {
            try {
                emitter.removeNotificationListener(listener);
            } catch (ListenerNotFoundException gone) {
                LOG.debug("a collector had forgotten its listener", gone);
            }
        }
    }
}
