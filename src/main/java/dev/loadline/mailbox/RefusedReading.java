package dev.loadline.mailbox;

import dev.loadline.core.WorkClass;

/**
 * How often a mailbox refused, since the start.
 *
 * @param reason full, late, expired, draining or share
 */
public record RefusedReading(String mailbox, WorkClass workClass, String reason, long count) {}
