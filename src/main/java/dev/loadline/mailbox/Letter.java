package dev.loadline.mailbox;

import dev.loadline.core.Deadline;
import dev.loadline.core.WorkClass;

/** A message to a service with its class and the point after which an answer is of no use. */
public record Letter<M>(M body, WorkClass workClass, Deadline deadline, Sender sender) {
    /** Of the node itself. */
    public Letter(M body, WorkClass workClass, Deadline deadline) {
        this(body, workClass, deadline, Sender.NODE);
    }
}
