package dev.loadline.e2e;

import java.time.Duration;
import java.util.List;

/** How a {@link FaultyUpstream} reacts; asked on its loop, once a request, in order. */
@FunctionalInterface
interface Behaviour {
    /** The statuses of a provider that is in trouble for a moment. */
    List<Integer> TRANSIENT = List.of(500, 502, 503, 529);

    /** Null: whoever comes next decides. */
    Reaction to(Arrival arrival);

    /** This one first. */
    default Behaviour before(Behaviour next) {
        return arrival -> {
            Reaction first = to(arrival);
            return first == null ? next.to(arrival) : first;
        };
    }

    /** A model that says {@link #answer} in five parts. */
    static Behaviour wellSpoken(Duration firstToken) {
        return arrival -> spoken(arrival).first(firstToken);
    }

    static Reaction.Speaks spoken(Arrival arrival) {
        return Reaction.speaks("To ", arrival.marker(), ": one", ", two", ", three.");
    }

    /** What a turn with this marker must have heard, no more and no less. */
    static String answer(String marker) {
        return "To " + marker + ": one, two, three.";
    }

    /** A model whose first token takes the longer the longer the prompt is. */
    static Behaviour bySize(double msPerWord) {
        return arrival -> {
            long words = arrival.body().chars().filter(c -> c == ' ').count();
            return spoken(arrival).first(Duration.ofNanos((long) (words * msPerWord * 1e6)));
        };
    }
}
