/**
 * What goes into the prompt, what it cost, what was cut.
 *
 * <p>Face: {@link dev.loadline.context.ContextTask} (what the address {@code context} is asked),
 * {@link dev.loadline.context.ContextService} (does it), {@link
 * dev.loadline.context.ContextVerticle} (serves it), {@link dev.loadline.context.Assembler} (pure
 * functions), {@link dev.loadline.context.Tokenizer}. Thread: the loop that asked; big texts are
 * counted on a worker. May import: guard, mailbox, telemetry, core.
 */
@NullMarked
package dev.loadline.context;

import org.jspecify.annotations.NullMarked;
