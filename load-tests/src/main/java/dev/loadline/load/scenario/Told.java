package dev.loadline.load.scenario;

import dev.loadline.load.plan.Attempt;
import dev.loadline.load.plan.Attempts;
import dev.loadline.load.plan.Press;
import dev.loadline.load.report.Plot;

import org.HdrHistogram.Histogram;

import java.util.List;

/** How scenarios with people who press "send" tell what they found. */
final class Told {
    private Told() {}

    static String percentiles(Histogram micros) {
        if (micros.getTotalCount() == 0) return "none";
        return "p50 %.1f ms, p99 %.1f ms, at most %.1f ms"
                .formatted(
                        micros.getValueAtPercentile(50) / 1000.0,
                        micros.getValueAtPercentile(99) / 1000.0,
                        micros.getMaxValue() / 1000.0);
    }

    /** Microseconds from a press to its answer, of those accepted or of those refused. */
    static Histogram answered(List<Press> presses, boolean accepted) {
        Histogram histogram = new Histogram(3);
        for (Press press : presses)
            if (accepted ? press.accepted() : press.refused())
                histogram.recordValue(Math.max(0, press.answeredMicros() - press.sentMicros()));
        return histogram;
    }

    /** Pressed, accepted, refused, completed by seconds of the run. */
    static Plot overTime(String what, Attempts attempts) {
        List<Press> presses =
                attempts.all().stream().flatMap(one -> Press.of(one).stream()).toList();
        return Plot.overTime(what + " over time", "per second")
                .perSecond("pressed", presses.stream().map(Press::sentMicros).toList())
                .perSecond(
                        "refused",
                        presses.stream().filter(Press::refused).map(Press::answeredMicros).toList())
                .perSecond(
                        "accepted",
                        presses.stream()
                                .filter(Press::accepted)
                                .map(Press::answeredMicros)
                                .toList())
                .perSecond(
                        "completed",
                        attempts.where(Attempt::completed).all().stream()
                                .map(Attempt::doneMicros)
                                .toList());
    }
}
