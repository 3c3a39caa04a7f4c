/**
 * Language models behind one streaming face.
 *
 * <p>Face: {@link dev.loadline.model.LanguageModel}, {@link dev.loadline.model.Models}, {@link
 * dev.loadline.model.ModelSettings}, {@link dev.loadline.model.DefaultModel}. Bodies: {@code
 * rehearsal} (built in, no network), {@code openai} (any OpenAI-compatible server) and {@code
 * anthropic}; the two that ask over HTTP are one call and one client, and differ in their {@code
 * Protocol}. A token costs one parse and one string; all time-outs share one tick per loop. Thread:
 * a call lives on the event loop that started it. May import: guard, mailbox, telemetry, core.
 */
@NullMarked
package dev.loadline.model;

import org.jspecify.annotations.NullMarked;
