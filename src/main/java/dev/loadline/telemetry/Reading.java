package dev.loadline.telemetry;

import java.util.function.Supplier;

/**
 * A named supplier of a record, served to operators as {@code GET /api/ops/<name>}. The supplier
 * may be asked on any thread and must not block.
 */
public record Reading(String name, Supplier<? extends Record> supplier) {}
