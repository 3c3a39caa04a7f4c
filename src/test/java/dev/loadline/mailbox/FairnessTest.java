package dev.loadline.mailbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.Deadline;
import dev.loadline.core.WorkClass;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Goal: tenants, and the users of one, have equal parts of the slots, whoever asks for more.
 * Method: queues that never run dry, and work that ends in any order.
 */
class FairnessTest {
    private static final int LETTERS = 80;

    private Line<Sender> line = new Line<>(new MailboxPolicy(10_000, 6, Map.of()));
    private final List<Entry<Sender>> working = new ArrayList<>();
    private final Map<String, Integer> begun = new HashMap<>();
    private long now;

    @Property(tries = 50)
    void slots_of_tenants_who_always_wait_differ_by_at_most_one(
            @ForAll @IntRange(min = 2, max = 5) int tenants,
            @ForAll @Size(60) List<@IntRange(max = 1000) Integer> ends) {
        line = new Line<>(new MailboxPolicy(10_000, 6, Map.of()));
        working.clear();
        for (int i = 0; i < LETTERS; i++)
            for (int tenant = 0; tenant < tenants; tenant++)
                // The first sends five times as much as each of the others.
                for (int n = 0; n < (tenant == 0 ? 5 : 1); n++) come("t" + tenant, "u" + n);
        for (int i = 0; i < 12; i++) end(0); // what the first took alone has ended
        for (int end : ends) {
            end(end % working.size());
            int[] held = new int[tenants];
            for (Entry<Sender> entry : working)
                held[Integer.parseInt(entry.item.tenant().substring(1))]++;
            Arrays.sort(held);
            assertThat(held[tenants - 1] - held[0]).as(Arrays.toString(held)).isLessThan(2);
            if (tenants == 2) assertThat(working).hasSize(6);
        }
    }

    @Test
    void with_one_slot_tenants_and_their_users_go_in_turn() {
        var one = new Line<Sender>(new MailboxPolicy(10_000, 1, Map.of()));
        Slots.Held gate = one.begun(WorkClass.INTERACTIVE, Sender.NODE, now);
        for (String user : List.of("a/x", "a/y", "b/z"))
            for (int i = 0; i < 20; i++) {
                String[] names = user.split("/", 2);
                offer(one, new Sender(names[0], names[1], "line" + i));
            }
        List<Entry<Sender>> next = Objects.requireNonNull(one.release(gate, now)).begin();
        for (int i = 0; i < 40; i++) {
            Sender sender = next.getFirst().item;
            begun.merge(sender.tenant(), 1, Integer::sum);
            begun.merge(sender.user(), 1, Integer::sum);
            assertThat(Math.abs(of("a") - of("b"))).isLessThan(2);
            assertThat(Math.abs(of("x") - of("y"))).isLessThan(2);
            one.handled(next.getFirst().slot(), now);
            next = one.answered(next.getFirst(), now).due().begin();
        }
    }

    private int of(String name) {
        return begun.getOrDefault(name, 0);
    }

    private void come(String tenant, String user) {
        Door<Sender> door = offer(line, new Sender(tenant, user, user));
        if (door instanceof Door.Begin<Sender>(var entry, var due)) began(entry);
    }

    private Door<Sender> offer(Line<Sender> to, Sender sender) {
        var deadline = new Deadline(now + Duration.ofMinutes(1).toNanos());
        var letter = new Letter<>(sender, WorkClass.INTERACTIVE, deadline, sender);
        return to.offer(sender, letter, false, now);
    }

    private void began(Entry<Sender> entry) {
        line.handled(entry.slot(), now);
        working.add(entry);
    }

    private void end(int which) {
        line.answered(working.remove(which), now).due().begin().forEach(this::began);
    }
}
