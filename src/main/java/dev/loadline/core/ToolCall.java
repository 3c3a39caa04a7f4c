package dev.loadline.core;

/**
 * What a model asks to be called.
 *
 * @param id names the call within its answer; made by us where the model gave none or the same
 *     twice
 * @param arguments as the model wrote them: a JSON object, unless it made a mistake
 */
public record ToolCall(String id, String name, String arguments) {}
