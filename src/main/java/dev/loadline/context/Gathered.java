package dev.loadline.context;

import dev.loadline.core.Agent;
import dev.loadline.core.ContextReport.SourceStatus;

import java.util.List;

/**
 * What a source gave for a prompt.
 *
 * @param terms the agent's: how much it may take, and how soon it is trimmed
 * @param items if it is {@code LATE}, {@code FAILED} or {@code OPEN}: of a moment ago
 * @param ms until it answered or was not waited for any longer
 */
record Gathered(Agent.HttpSource terms, List<ContextItem> items, SourceStatus status, long ms) {}
