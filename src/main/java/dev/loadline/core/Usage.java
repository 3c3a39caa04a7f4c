package dev.loadline.core;

import org.jspecify.annotations.Nullable;

/**
 * Tokens used: {@code input} includes {@code cached}, {@code output} includes {@code reasoning}.
 *
 * @param cost by the configured prices; absent where the model has none
 * @param estimated true if we counted because the provider did not say, else absent
 */
public record Usage(
        long input,
        long cached,
        long output,
        long reasoning,
        @Nullable Double cost,
        int modelCalls,
        @Nullable Boolean estimated) {

    public static final Usage NONE = new Usage(0, 0, 0, 0, null, 0, null);

    public Usage plus(Usage other) {
        return new Usage(
                input + other.input,
                cached + other.cached,
                output + other.output,
                reasoning + other.reasoning,
                sum(cost, other.cost),
                modelCalls + other.modelCalls,
                estimated != null || other.estimated != null ? Boolean.TRUE : null);
    }

    private static @Nullable Double sum(@Nullable Double a, @Nullable Double b) {
        if (a == null) return b;
        return b == null ? a : Double.valueOf(a + b);
    }
}
