package dev.loadline.app;

import dev.loadline.app.settings.LoadSettings;
import dev.loadline.engine.NodeLife;
import dev.loadline.mailbox.Mailbox;
import dev.loadline.mailbox.MailboxReading;
import dev.loadline.transport.StreamCounts;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.util.List;

/**
 * How full this node is; API-OPS.md.
 *
 * @param level 0..1; so far the share of the turn slots that are taken
 */
record Load(
        double level,
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
    record Refused(String mailbox, String workClass, String reason, long count) {}

    static Load of(
            NodeLife life,
            LoadSettings settings,
            List<Mailbox<?, ?>> mailboxes,
            StreamCounts streams,
            Ground ground,
            boolean draining) {
        int active = life.admission().mailbox().reading().inWork();
        MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
        return new Load(
                Math.min(1.0, (double) active / settings.activeTurns()),
                active,
                settings.activeTurns(),
                0,
                life.queuedTurns(),
                streams.streams(),
                ground.telemetry().loopLagMs(),
                heap.getUsed(),
                heap.getMax(),
                draining,
                mailboxes.stream().<MailboxReading>map(Mailbox::reading).toList(),
                mailboxes.stream().flatMap(Load::refusals).toList());
    }

    private static java.util.stream.Stream<Refused> refusals(Mailbox<?, ?> mailbox) {
        return mailbox.refused().stream()
                .map(
                        one ->
                                new Refused(
                                        one.mailbox(),
                                        one.workClass().wire(),
                                        one.reason(),
                                        one.count()));
    }
}
