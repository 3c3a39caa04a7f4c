/** The command line and the assembly. */
@NullMarked
package dev.loadline.app;

import org.jspecify.annotations.NullMarked;
