package dev.loadline.turn;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.function.Function;

/**
 * A part of a list. {@code next} and {@code prev} are there only if there is more in that
 * direction.
 */
public record Page<T>(List<T> items, @Nullable String next, @Nullable String prev) {
    public <R> Page<R> map(Function<T, R> each) {
        return new Page<>(items.stream().map(each).toList(), next, prev);
    }
}
