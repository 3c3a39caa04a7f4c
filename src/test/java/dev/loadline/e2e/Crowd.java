package dev.loadline.e2e;

import dev.loadline.transport.Wire;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.stream.Stream;

/**
 * People who each say one thing in a conversation of their own and listen to the end. They come
 * when they are due, whatever the server does. Any thread.
 */
final class Crowd implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(40);

    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Api api;

    Crowd(Api api) {
        this.api = api;
    }

    /** Any number of people at a steady pace. */
    List<Future<Told>> come(String prefix, int count, Duration apart) {
        return come(prefix, count, apart, number -> {});
    }

    /** At a steady pace, each in a conversation that is there already. */
    List<Future<Told>> speak(String prefix, int count, Duration apart) {
        List<String> conversations = new ArrayList<>();
        for (int i = 0; i < count; i++) conversations.add(api.open("assistant"));
        return paced(
                count,
                apart,
                number -> hear(conversations.get(number), prefix + "-" + number, "Tell me."));
    }

    /**
     * @param due told the number, from 0, of each who comes, just before
     */
    List<Future<Told>> come(String prefix, int count, Duration apart, Consumer<Integer> due) {
        return paced(
                count,
                apart,
                number -> {
                    due.accept(number);
                    return say(prefix + "-" + number);
                });
    }

    private List<Future<Told>> paced(int count, Duration apart, IntFunction<Told> turn) {
        long start = System.nanoTime();
        List<Future<Told>> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int number = i;
            long at = start + apart.toNanos() * i;
            all.add(
                    threads.submit(
                            () -> {
                                while (System.nanoTime() - at < 0)
                                    LockSupport.parkNanos(at - System.nanoTime());
                                return turn.apply(number);
                            }));
        }
        return all;
    }

    /** One of them, at once. */
    Future<Told> comes(Callable<Told> turn) {
        return threads.submit(turn);
    }

    static List<Told> told(List<Future<Told>> all) {
        try {
            List<Told> told = new ArrayList<>();
            for (Future<Told> each : all) told.add(each.get());
            return told;
        } catch (ExecutionException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** One turn with the assistant, from here to its end. */
    Told say(String marker) {
        return say("assistant", marker, "Tell me.");
    }

    Told say(String agent, String marker, String text) {
        return hear(api.open(agent), marker, text);
    }

    private Told hear(String conversation, String marker, String text) {
        long began = System.nanoTime();
        try (SseReader reader = stream(conversation, text + " <" + marker + ">")) {
            int status = reader.head().status();
            if (status != 200)
                return new Told(
                        marker,
                        "",
                        Integer.toString(status),
                        "",
                        List.of(),
                        began,
                        Duration.ZERO,
                        since(began));
            Duration first = Duration.ZERO;
            for (var event = reader.next(); event.isPresent(); event = reader.next())
                if (first.isZero() && event.get().type().equals("text.delta")) first = since(began);
            List<Wire.Event> seen = reader.seen();
            String end = seen.isEmpty() ? "nothing" : seen.getLast().type();
            return new Told(
                    marker, reader.turn(), end, reader.text(), seen, began, first, since(began));
        }
    }

    private SseReader stream(String conversation, String text) {
        List<String> headers = new ArrayList<>(api.always());
        headers.add("Accept: text/event-stream");
        return SseReader.over(
                api.wire()
                        .patient(PATIENCE)
                        .post(
                                Api.turnsOf(conversation),
                                Api.submission(text),
                                headers.toArray(String[]::new)));
    }

    private static Duration since(long nanos) {
        return Duration.ofNanos(System.nanoTime() - nanos);
    }

    /** Half of them had their first token by then. */
    static Duration medianFirstToken(Stream<Told> told) {
        List<Duration> sorted =
                told.map(Told::firstToken)
                        .filter(Duration::isPositive)
                        .sorted(Comparator.naturalOrder())
                        .toList();
        return sorted.isEmpty() ? Duration.ZERO : sorted.get(sorted.size() / 2);
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
