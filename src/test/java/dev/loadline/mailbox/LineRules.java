package dev.loadline.mailbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.loadline.core.WorkClass;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The rules of MECHANISMS §1 once more, as slow and plain as can be, over lists. */
final class LineRules {
    interface Party {
        WorkClass workClass();

        Sender sender();
    }

    private static final long MEMORY = Duration.ofSeconds(10).toNanos();
    private static final int[] QUEUE = {105, 100, 85, 70, 50};
    private static final int[] SLOTS = {100, 100, 75, 50, 25};

    final List<LineWorld.Job> waiting = new ArrayList<>();
    final List<LineWorld.Work> working = new ArrayList<>();
    private final MailboxPolicy policy;
    // By tenant: when it was last refused for want of a slot surely, and when it may have been.
    private final Map<String, Long> surely = new HashMap<>();
    private final Map<String, Long> perhaps = new HashMap<>();

    private int limit;

    LineRules(MailboxPolicy policy) {
        this.policy = policy;
        this.limit = policy.concurrency();
    }

    void limit(int most) {
        limit = Math.min(most, policy.concurrency());
    }

    boolean free() {
        return working.size() < limit;
    }

    boolean closed() {
        return limit == 0;
    }

    int half() {
        return Math.max(1, policy.concurrency() / 2);
    }

    long held(String tenant) {
        return working.stream().filter(one -> one.sender().tenant().equals(tenant)).count();
    }

    private long held(Sender user) {
        return working.stream().filter(one -> sameUser(one, user)).count();
    }

    private static boolean sameUser(Party one, Sender user) {
        return one.sender().tenant().equals(user.tenant())
                && one.sender().user().equals(user.user());
    }

    boolean shut(WorkClass workClass, double level) {
        return policy.shared()
                && workClass != WorkClass.CONTROL
                && level * 100 >= QUEUE[workClass.rank()];
    }

    boolean hasPlace(WorkClass workClass) {
        long control = waiting.stream().filter(one -> one.workClass() == WorkClass.CONTROL).count();
        if (workClass == WorkClass.CONTROL)
            return waiting.size() < policy.capacity() + policy.controlRoom();
        long counted = waiting.size() - Math.min(control, policy.controlRoom());
        double share = policy.shared() ? QUEUE[workClass.rank()] / 100.0 : 1;
        return counted < share * policy.capacity();
    }

    private boolean withinShares(WorkClass workClass) {
        if (!policy.shared() || workClass.compareTo(WorkClass.INTERACTIVE) <= 0) return true;
        long own = working.stream().filter(one -> one.workClass() == workClass).count();
        int limit = Math.max(1, policy.concurrency() * SLOTS[workClass.rank()] / 100);
        return own < limit;
    }

    /** So that a person always finds a quarter of four slots or more free of lower work. */
    private boolean leavesRoom(WorkClass workClass) {
        if (!policy.shared() || workClass.compareTo(WorkClass.INTERACTIVE) <= 0) return true;
        if (policy.concurrency() < 4) return true;
        long together =
                working.stream().filter(one -> one.workClass().compareTo(workClass) >= 0).count();
        return together < policy.concurrency() * SLOTS[workClass.rank()] / 100;
    }

    /**
     * @param doubtful also if it is not sure, because of what may have been a refusal
     * @param longer the time after which a sweep must have noticed that it is over
     */
    boolean anotherWants(Party of, long now, boolean doubtful, long longer) {
        if (!policy.shared()) return false;
        String tenant = of.sender().tenant();
        for (LineWorld.Job other : waiting) {
            if (other.sender().tenant().equals(tenant)) continue;
            boolean shares = withinShares(other.workClass()) && roomForSmall(other.workClass());
            if (doubtful || (shares && !other.patience().passed(now))) return true;
        }
        return (doubtful ? perhaps : surely)
                .entrySet().stream()
                        .anyMatch(
                                one ->
                                        !one.getKey().equals(tenant)
                                                && now - one.getValue() < MEMORY + longer);
    }

    boolean mayTake(Party one, long now, boolean doubtful, long longer) {
        if (!withinShares(one.workClass()) || !roomForSmall(one.workClass())) return false;
        if (one.workClass() == WorkClass.CONTROL) return true;
        return held(one.sender().tenant()) < half() || !anotherWants(one, now, doubtful, longer);
    }

    private boolean roomForSmall(WorkClass workClass) {
        return policy.concurrency() < 4 ? belowIsIdle(workClass) : leavesRoom(workClass);
    }

    /** With few slots the line may keep a class back for what the lower ones hold. */
    private boolean belowIsIdle(WorkClass workClass) {
        if (!policy.shared() || workClass.compareTo(WorkClass.INTERACTIVE) <= 0) return true;
        return working.stream().noneMatch(one -> one.workClass().compareTo(workClass) > 0);
    }

    /** A slot is free, and this one surely may take it. */
    boolean idleFor(LineWorld.Job job, long now) {
        return free() && !job.patience().passed(now) && mayTake(job, now, true, 0);
    }

    /** Who may have found none lately may still want one; {@code surely}: if it was judged. */
    void came(LineWorld.Job job, boolean judged, long now) {
        String tenant = job.sender().tenant();
        perhaps.computeIfPresent(tenant, (name, at) -> now - at < MEMORY ? now : at);
        if (judged && withinShares(job.workClass()) && roomForSmall(job.workClass()))
            surely.computeIfPresent(tenant, (name, at) -> now - at < MEMORY ? now : at);
    }

    /** Whether the tenant of one that was pushed out had more than half of the places. */
    boolean crowds(LineWorld.Job out) {
        String tenant = out.sender().tenant();
        long others = waiting.stream().filter(one -> one.sender().tenant().equals(tenant)).count();
        return others + 1 > Math.max(1, policy.capacity() / 2);
    }

    void foundNone(LineWorld.Job job, boolean wanting, long now) {
        String tenant = job.sender().tenant();
        if (wanting && withinShares(job.workClass()) && mayTake(job, now, true, 0))
            surely.put(tenant, now);
        perhaps.put(tenant, now);
    }

    /** Holds a beginning against the rules; true: it was the newest, and not the first. */
    boolean begins(LineWorld.Job job, boolean overloaded, long now) {
        assertThat(job.patience().passed(now)).as("%s is too late", job).isFalse();
        assertThat(free()).as("a slot for %s", job).isTrue();
        assertThat(withinShares(job.workClass())).as("slot share of %s", job).isTrue();
        assertThat(leavesRoom(job.workClass())).as("slots for those above %s", job).isTrue();
        String tenant = job.sender().tenant();
        if (job.workClass() != WorkClass.CONTROL && held(tenant) >= half())
            assertThat(anotherWants(job, now, false, 0)).as("over its half: %s", job).isFalse();
        boolean newest = false;
        for (LineWorld.Job other : waiting) {
            if (other.equals(job) || other.patience().passed(now)) continue;
            if (other.workClass().compareTo(job.workClass()) < 0)
                assertThat(mayTake(other, now, true, 0)).as("%s before %s", job, other).isFalse();
            if (other.workClass() == job.workClass()) newest |= before(job, other, overloaded, now);
        }
        return newest;
    }

    /** Of one class; true: it came later and is rightly first. */
    private boolean before(LineWorld.Job job, LineWorld.Job other, boolean overloaded, long now) {
        Sender mine = job.sender();
        Sender its = other.sender();
        if (mayTake(other, now, true, 0))
            assertThat(held(mine.tenant()))
                    .as("slots of %s", job)
                    .isLessThanOrEqualTo(held(its.tenant()));
        if (!mine.tenant().equals(its.tenant())) return false;
        assertThat(held(mine)).as("slots of %s's user", job).isLessThanOrEqualTo(held(its));
        if (!mine.user().equals(its.user())) return false;
        boolean first = job.number() < other.number();
        if (mine.line().equals(its.line())) {
            assertThat(first).as("%s before %s in its line", job, other).isTrue();
        } else if (!overloaded) {
            assertThat(first).as("%s before %s", job, other).isTrue();
        } else if (isHead(other)) {
            assertThat(first).as("%s before the newer %s", job, other).isFalse();
            return true;
        }
        return false;
    }

    private boolean isHead(LineWorld.Job job) {
        return waiting.stream()
                .noneMatch(
                        one ->
                                one.sender().equals(job.sender())
                                        && one.workClass() == job.workClass()
                                        && one.number() < job.number());
    }
}
