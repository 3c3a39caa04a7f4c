package dev.loadline.model;

import io.vertx.core.buffer.Buffer;

/**
 * Reads the body of a provider's answer and tells the call what it finds. On the call's loop; asked
 * nothing more once the call is over.
 */
sealed interface UpstreamAnswer permits StreamedAnswer, WholeAnswer, RefusedAnswer {
    void bytes(Buffer part);

    /** The body is over, or nothing more of it will come. */
    void end();
}
