package dev.loadline.model;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Goal: the same events however the bytes are cut, nothing held beyond the bounds. Method: texts
 * with every kind of line end, cut everywhere; a plain reader as the measure.
 */
class SseParserTest {
    @Test
    void reads_all_kinds_of_lines() {
        assertThat(events("data: a\n\ndata:b\r\n\r\ndata:  c\r\r")).containsExactly("a", "b", " c");
        assertThat(events(": comment\n\ndata: a\ndata: b\ndata\n\n")).containsExactly("a\nb\n");
        assertThat(events("id: 1\nretry: 5\ndata: a\ndatax: no\n\n\n\n")).containsExactly("a");
        assertThat(events("\ufeffdata: a\n\n")).containsExactly("a");
        assertThat(events("data: a\n\n\ufeffdata: no\n\n")).containsExactly("a");
        assertThat(events("event: error\ndata: a\n\ndata: b\n\n")).containsExactly("!a", "b");
        assertThat(events("data: unfinished")).containsExactly("unfinished");
        assertThat(events("event: ping\n\n")).isEmpty();
        assertThat(events("data\n\n")).containsExactly("");
    }

    @Property(tries = 500)
    void says_the_same_however_it_is_cut(@ForAll("streams") String stream, @ForAll int seed) {
        byte[] bytes = stream.getBytes(StandardCharsets.UTF_8);
        List<String> heard = new ArrayList<>();
        var parser = parser(heard);
        var random = new java.util.Random(seed);
        for (int at = 0; at < bytes.length; ) {
            int end = Math.min(bytes.length, at + 1 + random.nextInt(4));
            assertThat(parser.feed(bytes, at, end)).isEqualTo(SseParser.Fed.GOES_ON);
            at = end;
        }
        assertThat(parser.end()).isEqualTo(SseParser.Fed.GOES_ON);
        assertThat(heard).isEqualTo(plainly(stream));
    }

    @Provide
    Arbitrary<String> streams() {
        return Arbitraries.of(
                        "data",
                        "data:",
                        "data: ",
                        ":",
                        "event: error",
                        "x",
                        "é",
                        "😀",
                        " ",
                        "{\"a\":1}",
                        "\n",
                        "\r",
                        "\r\n",
                        "\n\n",
                        "\r\r",
                        "\r\n\r\n",
                        "\ufeff")
                .list()
                .ofMaxSize(40)
                .map(parts -> String.join("", parts));
    }

    /** The format's rules, the slow way. */
    private static List<String> plainly(String stream) {
        List<String> events = new ArrayList<>();
        List<String> data = new ArrayList<>();
        boolean error = false;
        String text = stream.startsWith("\ufeff") ? stream.substring(1) : stream;
        List<String> lines = new ArrayList<>(List.of(text.split("\r\n|\n|\r", -1)));
        lines.add("");
        for (String line : lines) {
            if (line.isEmpty()) {
                if (!data.isEmpty()) events.add((error ? "!" : "") + String.join("\n", data));
                data.clear();
                error = false;
                continue;
            }
            int colon = line.indexOf(':');
            String name = colon < 0 ? line : line.substring(0, colon);
            String value = colon < 0 ? "" : line.substring(colon + 1);
            if (value.startsWith(" ")) value = value.substring(1);
            if (name.equals("data")) data.add(value);
            if (name.equals("event")) error = value.equals("error");
        }
        return events;
    }

    @Test
    void stops_at_a_line_over_one_mib_and_holds_no_more() {
        var parser = parser(new ArrayList<>());
        byte[] part = new byte[64 * 1024];
        int fed = 0;
        while (parser.feed(part, 0, part.length) == SseParser.Fed.GOES_ON) fed += part.length;
        assertThat(fed).isEqualTo(SseParser.LINE_MAX);
    }

    @Test
    void stops_at_an_event_over_one_mib() {
        var parser = parser(new ArrayList<>());
        byte[] line = ("data: " + "x".repeat(10_000) + "\n").getBytes(StandardCharsets.UTF_8);
        int fed = 0;
        while (parser.feed(line, 0, line.length) == SseParser.Fed.GOES_ON) fed += line.length;
        assertThat(fed).isBetween(SseParser.LINE_MAX - 20_000, SseParser.LINE_MAX + 20_000);
    }

    @Test
    void takes_a_line_of_almost_one_mib() {
        String data = "x".repeat(SseParser.LINE_MAX - 10);
        assertThat(events("data: " + data + "\n\n")).containsExactly(data);
    }

    @Test
    void stops_when_told() {
        List<String> heard = new ArrayList<>();
        var parser =
                new SseParser(
                        (data, length, error) -> {
                            heard.add(new String(data, 0, length, StandardCharsets.UTF_8));
                            return heard.size() < 2;
                        });
        byte[] bytes = "data: 1\n\ndata: 2\n\ndata: 3\n\n".getBytes(StandardCharsets.UTF_8);
        assertThat(parser.feed(bytes, 0, bytes.length)).isEqualTo(SseParser.Fed.STOPPED);
        assertThat(heard).containsExactly("1", "2");
    }

    private static List<String> events(String stream) {
        List<String> heard = new ArrayList<>();
        var parser = parser(heard);
        byte[] bytes = stream.getBytes(StandardCharsets.UTF_8);
        assertThat(parser.feed(bytes, 0, bytes.length)).isEqualTo(SseParser.Fed.GOES_ON);
        assertThat(parser.end()).isEqualTo(SseParser.Fed.GOES_ON);
        return heard;
    }

    private static SseParser parser(List<String> heard) {
        return new SseParser(
                (data, length, error) ->
                        heard.add(
                                (error ? "!" : "")
                                        + new String(data, 0, length, StandardCharsets.UTF_8)));
    }
}
