package dev.loadline.load.gatling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.load.gatling.Leaving.Back;
import dev.loadline.load.gatling.Leaving.Door;
import dev.loadline.load.gatling.Leaving.When;
import dev.loadline.load.plan.Arrival;
import dev.loadline.load.standin.Mark;

import org.junit.jupiter.api.Test;

class VisitTest {
    private static final String TOKEN = new Mark(0, 1, 2).text();
    private static final String EVENT =
            "event: text.delta\nid: c7\ndata: {\"turn\":\"t1\",\"at\":0,\"text\":\""
                    + TOKEN
                    + "\"}\n\n";

    @Test
    void each_way_to_leave_is_known_by_its_phase_in_a_warm_up_too() {
        for (Leaving leaving : Leaving.ALL)
            assertThat(Leaving.of(Arrival.WARM_UP + " " + leaving.phase())).isEqualTo(leaving);
    }

    @Test
    void an_event_cut_anywhere_counts_once_it_is_whole_and_gives_its_cursor() {
        for (int cut = 1; cut < EVENT.length(); cut++) {
            Visit visit = visit(Door.SSE, When.FIRST_TOKEN);
            visit.events(EVENT.substring(0, cut));
            assertThat(visit.mayLeave()).isFalse();
            assertThat(visit.cursor()).isEmpty();
            visit.events(EVENT.substring(cut));
            assertThat(visit.mayLeave()).isTrue();
            assertThat(visit.cursor()).isEqualTo("c7");
        }
    }

    @Test
    void a_socket_names_its_turn_before_the_first_token() {
        Visit visit = visit(Door.WEBSOCKET, When.ACKNOWLEDGED);
        visit.frames("~{\"type\":\"hello\",\"node\":\"n\"}");
        assertThat(visit.mayLeave()).isFalse();
        visit.frames("~{\"type\":\"ok\",\"ref\":\"r\",\"turn\":\"t1\"}");
        assertThat(visit.mayLeave()).isTrue();
        assertThat(visit.turn()).isEqualTo("t1");
    }

    @Test
    void who_is_refused_leaves_with_the_status_of_the_problem() {
        Visit visit = visit(Door.WEBSOCKET, When.MID_ANSWER);
        visit.frames("~{\"type\":\"error\",\"ref\":\"r\",\"problem\":{\"status\":503}}");
        assertThat(visit.mayLeave()).isTrue();
        assertThat(visit.refusal()).isEqualTo(503);
        assertThat(visit.turn()).isEmpty();
    }

    private static Visit visit(Door door, When when) {
        Arrival arrival = new Arrival("", 0, "", "", "", "", "Hi [marks=all]");
        return new Visit(new Leaving(door, when, Back.NEVER), new Heard(arrival));
    }
}
