package dev.loadline.load.report;

import dev.loadline.load.bench.Gate;
import dev.loadline.load.bench.Result;

/** What both reports say in the same words. */
final class Words {
    private Words() {}

    static String of(Result result, Gate gate) {
        if (result.isVoid()) return "VOID";
        return gate.pass() ? "holds" : "FAILS";
    }

    static String of(Result result) {
        return result.isVoid() ? "VOID" : "told";
    }

    static String run(Result.Lateness late) {
        return "generator's lateness, " + late.run();
    }

    static String of(Result.Lateness late) {
        return "p50 %.2f ms, p99 %.2f ms%s"
                .formatted(
                        late.p50Millis(),
                        late.p99Millis(),
                        late.isVoid() ? ": over 20 ms, so the run is VOID" : "");
    }
}
