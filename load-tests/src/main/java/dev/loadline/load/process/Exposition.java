package dev.loadline.load.process;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A server's metrics at one moment, in Prometheus' text; immutable. */
public record Exposition(String text) {
    /**
     * The sum of all samples of this name whose labels include these; 0 where there is none.
     *
     * @param labels as they stand: {@code mailbox="turn"}
     */
    public double sum(String name, String... labels) {
        Matcher sample =
                Pattern.compile("(?m)^" + Pattern.quote(name) + "(?:\\{(.*)\\})? (\\S+)(?: \\d+)?$")
                        .matcher(text);
        double sum = 0;
        while (sample.find()) {
            String own = sample.group(1) == null ? "" : sample.group(1);
            if (List.of(labels).stream().allMatch(own::contains))
                sum += Double.parseDouble(sample.group(2));
        }
        return sum;
    }
}
