package dev.loadline.ops;

import dev.loadline.core.WorkClass;
import dev.loadline.mailbox.Mailbox;
import dev.loadline.mailbox.MailboxReading;
import dev.loadline.mailbox.RefusedReading;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.util.List;
import java.util.Map;

/**
 * How full this node is; API-OPS.md.
 *
 * @param level 0..1; at 1 interactive work is shed
 * @param causes what the level comes from, each 0..1; what has not been measured yet is not there
 * @param activeTurns slots taken
 * @param parkedTurns turns that wait for a person, another turn or a model's gate, and hold no slot
 * @param queuedTurns turns that wait behind others, or for a slot
 * @param loopLagMs of each event loop that has been measured
 * @param heapUsed bytes in use now, garbage included
 */
public record Load(
        double level,
        Map<LoadLevel.Cause, Double> causes,
        int activeTurns,
        int maxTurns,
        int parkedTurns,
        int queuedTurns,
        int streams,
        List<Double> loopLagMs,
        long heapUsed,
        long heapMax,
        boolean draining,
        List<MailboxReading> mailboxes,
        List<Refused> refused) {
    /** What a mailbox refused since the start. */
    public record Refused(String mailbox, WorkClass workClass, String reason, long count) {
        private static Refused of(RefusedReading reading) {
            return new Refused(
                    reading.mailbox(), reading.workClass(), reading.reason(), reading.count());
        }
    }

    /** What the other rooms know. */
    public record Counts(int parkedTurns, int queuedTurns, int streams, boolean draining) {}

    /**
     * @param mailboxes the first is the one before new turns
     */
    public static Load of(
            LoadLevel level, Counts counts, List<Double> loopLagMs, List<Mailbox<?, ?>> mailboxes) {
        List<MailboxReading> readings =
                mailboxes.stream().<MailboxReading>map(Mailbox::reading).toList();
        MailboxReading turns = readings.getFirst();
        MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
        return new Load(
                level.level(),
                level.causes(),
                turns.inWork(),
                turns.limit(),
                counts.parkedTurns(),
                counts.queuedTurns(),
                counts.streams(),
                loopLagMs,
                heap.getUsed(),
                heap.getMax(),
                counts.draining(),
                readings,
                mailboxes.stream()
                        .flatMap(mailbox -> mailbox.refused().stream().map(Refused::of))
                        .toList());
    }
}
