package dev.loadline.telemetry;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;

/** For how long the garbage collector has stopped this process. Any thread. */
public final class CollectorPauses {
    /** Some collectors count their concurrent work beside their pauses. */
    private static final List<GarbageCollectorMXBean> COLLECTORS =
            ManagementFactory.getGarbageCollectorMXBeans().stream()
                    .filter(each -> !each.getName().contains("Cycles"))
                    .toList();

    private CollectorPauses() {}

    /** Since the start; to the millisecond, up to date as soon as threads run again. */
    public static long nanos() {
        long ms = 0;
        for (GarbageCollectorMXBean each : COLLECTORS) ms += Math.max(0, each.getCollectionTime());
        return ms * 1_000_000;
    }
}
