package dev.loadline.load.scenario;

import dev.loadline.load.process.ServerUnderTest;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a server holds at one moment, by its own gauges.
 *
 * @param sockets open WebSockets
 * @param streams readers of turns
 * @param turns that run
 * @param connections open ones, that of who asks included; 0 for a server that does not count them
 * @param lost WebSockets since its start that ended without the client's good-bye (code 1000)
 */
record Holdings(int sockets, int streams, int turns, int connections, int lost) {
    private static final Pattern SAMPLE =
            Pattern.compile(
                    "(?m)^loadline_(sockets|streams|active_turns|connections|socket_closes_total)"
                            + "(?:\\{(.*)\\})? (\\S+)$");

    static Holdings of(ServerUnderTest server) {
        int sockets = 0;
        int streams = 0;
        int turns = 0;
        int connections = 0;
        int lost = 0;
        Matcher sample = SAMPLE.matcher(server.metrics());
        while (sample.find()) {
            int value = (int) Double.parseDouble(sample.group(3));
            switch (sample.group(1)) {
                case "sockets" -> sockets = value;
                case "streams" -> streams = value;
                case "active_turns" -> turns = value;
                case "connections" -> connections = value;
                default -> {
                    if (!sample.group(2).contains("\"1000\"")) lost += value;
                }
            }
        }
        return new Holdings(sockets, streams, turns, connections, lost);
    }
}
