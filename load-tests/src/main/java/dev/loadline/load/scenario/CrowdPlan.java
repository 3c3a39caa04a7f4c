package dev.loadline.load.scenario;

import dev.loadline.load.gatling.ComeBack;
import dev.loadline.load.plan.Arrival;
import dev.loadline.load.plan.Plan;
import dev.loadline.load.process.LoadlineConfig;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * When the crowd comes: what just fills the slots, a rest, ten times as much, and what is left of
 * it. Forty people of five tenants; some of the flood's conversations were used before, most are
 * new; every tenth of those who are refused heeds {@code Retry-After} while the flood lasts.
 *
 * @param warmUp and the others: how long it lasts
 * @param rest before the flood, at its end the heap is read
 */
record CrowdPlan(
        Duration warmUp, Duration capacity, Duration rest, Duration flood, Duration aftermath) {
    static final int SLOTS = 20;
    static final String CAPACITY = "capacity";
    static final String FLOOD = "flood";
    static final String AFTERMATH = "aftermath";

    /** What the slots do if answers take their 400 ms and nothing else takes any. */
    static final double PER_SECOND = SLOTS / 0.4;

    static final double TIMES = 10;

    /** Until the slots are as full as they will be, or those of the flood are free again. */
    static final Duration SETTLE = Duration.ofSeconds(1);

    private static final String[] TENANTS = {"acme", "bolt", "cato", "dune", "ebro"};
    private static final int PEOPLE = 40;
    private static final int OLD = 10; // conversations of a person that the capacity phase uses
    private static final int ALL = 50;

    static CrowdPlan of(boolean quick) {
        return quick
                ? new CrowdPlan(seconds(3), seconds(8), seconds(3), seconds(8), seconds(4))
                : new CrowdPlan(seconds(6), seconds(20), seconds(33), seconds(20), seconds(8));
    }

    static LoadlineConfig config() {
        LoadlineConfig config = LoadlineConfig.defaults().slots(SLOTS).admissionWait("250ms");
        for (int person = 0; person < PEOPLE; person++) config = config.user(principal(person));
        return config;
    }

    Duration capacityFrom() {
        return warmUp.plus(SETTLE);
    }

    Duration capacityTo() {
        return capacityFrom().plus(capacity);
    }

    Duration floodFrom() {
        return capacityTo().plus(rest);
    }

    Duration floodTo() {
        return floodFrom().plus(flood);
    }

    Duration aftermathFrom() {
        return floodTo().plus(SETTLE);
    }

    Plan at(String url) {
        List<Arrival> all = new ArrayList<>();
        all.addAll(
                Plan.even(
                        Duration.ZERO,
                        PER_SECOND / 2,
                        warmUp,
                        (number, due) -> arrival(url, Arrival.WARM_UP, OLD, number, due, "")));
        // Evenly: chance would leave slots empty, and what they can do is what is asked.
        all.addAll(
                Plan.even(
                        capacityFrom(),
                        PER_SECOND,
                        capacity,
                        (number, due) -> arrival(url, CAPACITY, OLD, number, due, "")));
        String heeds = ComeBack.until(floodTo());
        all.addAll(
                Plan.random(
                        floodFrom(),
                        TIMES * PER_SECOND,
                        flood,
                        1,
                        (number, due) ->
                                arrival(
                                        url,
                                        FLOOD,
                                        ALL,
                                        number,
                                        due,
                                        number % 10 == 7 ? heeds : "")));
        all.addAll(
                Plan.random(
                        aftermathFrom(),
                        PER_SECOND * 0.6,
                        aftermath,
                        2,
                        (number, due) -> arrival(url, AFTERMATH, OLD, number, due, "")));
        return new Plan(all);
    }

    private static Arrival arrival(
            String url, String phase, int conversations, int number, long due, String manner) {
        int person = number % PEOPLE;
        String key = phase + "-" + number;
        return new Arrival(
                phase,
                due,
                url,
                principal(person),
                "p" + person + "-" + number / PEOPLE % conversations,
                key,
                "Message " + number + " [first=400ms tokens=4 key=" + key + "]",
                manner);
    }

    private static String principal(int person) {
        return TENANTS[person % TENANTS.length] + "/user" + person / TENANTS.length;
    }

    private static Duration seconds(int count) {
        return Duration.ofSeconds(count);
    }
}
