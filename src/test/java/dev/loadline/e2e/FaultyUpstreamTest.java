package dev.loadline.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.transport.Wire;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Goal: the upstreams that the scenarios count at do, and count, what they say. */
class FaultyUpstreamTest {
    private static final Behaviour WELL = Behaviour.wellSpoken(Reaction.SOON);
    private final FaultyUpstream upstream = FaultyUpstream.start(WELL);

    @AfterEach
    void stop() {
        upstream.close();
    }

    private Wire ask(String text) {
        return Wire.to(URI.create(upstream.url("/")).getPort()).post("/v1", "\"" + text + "\"");
    }

    private Wire.Answer answerTo(String text) {
        try (Wire wire = ask(text)) {
            return wire.answer();
        }
    }

    @Test
    void it_speaks_and_knows_the_last_marker_and_the_how_many_th_it_is() {
        assertThat(answerTo("<a> and <b-1>").text()).contains("b-1", "three.", "[DONE]");
        answerTo("<b-1>");
        assertThat(upstream.arrivals()).extracting(Arrival::marker).containsExactly("b-1", "b-1");
        assertThat(upstream.arrivals()).extracting(Arrival::nth).containsExactly(1, 2);
        assertThat(upstream.originals()).isEqualTo(1);
        assertThat(upstream.count(Arrival.Fate.SERVED)).isEqualTo(2);
    }

    @Test
    void who_hangs_up_is_counted() {
        upstream.behaves(arrival -> new Reaction.Hangs());
        try (Wire wire = ask("<a>")) {
            WaitFor.holds("it came", () -> upstream.arrivals().size() == 1);
            assertThat(upstream.count(Arrival.Fate.OPEN)).isEqualTo(1);
            wire.vanish();
        }
        WaitFor.holds("it is closed", () -> upstream.count(Arrival.Fate.CLOSED) == 1);
    }

    @Test
    void an_answer_is_cut_after_so_many_chunks() {
        upstream.behaves(arrival -> Behaviour.spoken(arrival).cutAfter(2));
        try (Wire wire = ask("<a>")) {
            wire.head();
            assertThat(wire.closes()).isTrue();
        }
        assertThat(upstream.count(Arrival.Fate.CUT)).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(RateLimit.Form.class)
    void a_limit_says_when_to_come_back(RateLimit.Form form) {
        var limit = new RateLimit(0.001, 1, Duration.ofSeconds(3), form, false, WELL);
        upstream.behaves(limit);
        assertThat(answerTo("<a>").header("x-ratelimit-remaining-requests")).isEqualTo("0");
        Wire.Answer refused = answerTo("<b>");
        assertThat(refused.status()).isEqualTo(429);
        Map<RateLimit.Form, String> said =
                Map.of(
                        RateLimit.Form.SECONDS, "3",
                        RateLimit.Form.FLOAT, "3.000",
                        RateLimit.Form.MS, "",
                        RateLimit.Form.UNSAID, "");
        if (form == RateLimit.Form.DATE) assertThat(refused.header("retry-after")).endsWith(" GMT");
        else assertThat(refused.header("retry-after")).isEqualTo(said.get(form));
        assertThat(refused.header("retry-after-ms"))
                .isEqualTo(form == RateLimit.Form.MS ? "3000" : "");
    }

    @Test
    void a_strict_limit_never_opens_for_who_goes_on_asking() {
        var limit =
                new RateLimit(1000, 1000, Duration.ofMillis(300), RateLimit.Form.MS, true, WELL);
        upstream.behaves(limit);
        limit.closeNext();
        long end = System.nanoTime() + Duration.ofMillis(600).toNanos();
        while (System.nanoTime() - end < 0) assertThat(answerTo("<a>").status()).isEqualTo(429);
        WaitFor.holds("it opens", () -> limit.closedUntilNanos() - System.nanoTime() <= 0);
        assertThat(answerTo("<a>").status()).isEqualTo(200);
    }

    @Test
    void a_cold_model_gives_its_load_up_when_its_client_hangs_up() {
        var cold = new ColdStart(Duration.ofMillis(300), WELL);
        upstream.behaves(cold);
        try (Wire wire = ask("<a>")) {
            WaitFor.holds("it came", () -> upstream.arrivals().size() == 1);
            wire.vanish();
        }
        WaitFor.holds("it is closed", () -> upstream.count(Arrival.Fate.CLOSED) == 1);
        for (String marker : List.of("b", "c")) answerTo("<" + marker + ">");
        Arrival again = upstream.arrivals().get(1);
        Arrival warm = upstream.arrivals().get(2);
        Duration took = Duration.ofNanos(again.endedNanos() - again.atNanos());
        assertThat(took).as("a whole load").isGreaterThanOrEqualTo(Duration.ofMillis(299));
        assertThat(warm.endedNanos() - warm.atNanos()).isLessThan(took.toNanos());
    }
}
