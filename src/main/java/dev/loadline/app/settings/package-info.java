/**
 * The configuration: YAML files and variables in, typed records or a list of errors out.
 *
 * <p>Face: {@link dev.loadline.app.settings.Configuration} (reads), {@link
 * dev.loadline.app.settings.Settings} (the result; every value has a default), {@link
 * dev.loadline.app.settings.ConfigError}. What the format knows but this version can't do yet
 * stands in {@code NotYet} and nowhere else. Thread: the one that starts the server; the records
 * are immutable. May import: core.
 */
@NullMarked
package dev.loadline.app.settings;

import org.jspecify.annotations.NullMarked;
