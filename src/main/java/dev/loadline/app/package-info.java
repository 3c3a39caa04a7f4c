/**
 * The command line and the assembly.
 *
 * <p>Face: {@link dev.loadline.app.Cli} (commands, exit codes, what the user is told). {@code
 * Loadline} is the one page on which everything is made and joined. Thread: the main one. May
 * import: all.
 */
@NullMarked
package dev.loadline.app;

import org.jspecify.annotations.NullMarked;
