package dev.loadline.mailbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Deadline;
import dev.loadline.core.ManualTime;
import dev.loadline.core.WorkClass;
import dev.loadline.telemetry.MailboxCounters;

import io.vertx.core.Future;
import io.vertx.core.Promise;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A service that ends its work when the test says so, and time that the test moves. */
abstract class OneMailbox {
    final ManualTime time = new ManualTime();
    final Map<String, Promise<String>> atWork = new LinkedHashMap<>();
    final Map<String, Slot> slots = new LinkedHashMap<>();
    final Counts counts = new Counts();

    Mailbox<String, String> box(MailboxPolicy policy) {
        return box(
                policy,
                (message, slot) -> {
                    Promise<String> answer = Promise.promise();
                    atWork.put(message, answer);
                    slots.put(message, slot);
                    return answer.future();
                });
    }

    Mailbox<String, String> box(MailboxPolicy policy, Service<String, String> service) {
        return Mailbox.create("test", policy, time, time, service, counts);
    }

    void end(String message) {
        atWork.remove(message).complete(message + "!");
    }

    Letter<String> letter(String body) {
        return letter(body, WorkClass.INTERACTIVE);
    }

    Letter<String> letter(String body, WorkClass workClass) {
        return letter(body, workClass, Duration.ofMinutes(1));
    }

    Letter<String> letter(String body, WorkClass workClass, Duration left) {
        return new Letter<>(body, workClass, Deadline.after(time, left));
    }

    static void open(Future<?> reply) {
        assertThat(reply.isComplete()).isFalse();
    }

    static final class Counts implements MailboxCounters {
        final Map<String, Integer> refused = new LinkedHashMap<>();
        final List<String> waited = new ArrayList<>();
        int lateResults;
        int releasedTwice;

        @Override
        public void watch(Waiting waiting) {}

        @Override
        public void waited(WorkClass workClass, long nanos) {
            waited.add(workClass.wire() + " " + nanos);
        }

        @Override
        public void refused(WorkClass workClass, String reason) {
            refused.merge(workClass.wire() + " " + reason, 1, Integer::sum);
        }

        @Override
        public void lateResult() {
            lateResults++;
        }

        @Override
        public void releasedTwice() {
            releasedTwice++;
        }
    }
}
