package dev.loadline.turn;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A turn's append-only record in memory: events, and between them text that grows. Who reads it is
 * a {@link Cursor}: it holds nothing here but a wake-up, so a slow reader costs nothing, resuming
 * is a cursor, and a duplicate can't happen.
 *
 * <p>Entries are numbered from 0. The last entry may be {@link Said} that still grows; an entry
 * with one behind it never changes again. Text that is voided by a reset stays where it was said.
 *
 * <p>Thread: one writer (the turn's event loop), any number of readers anywhere. Readers read
 * {@link #size()} first, then entries below it; of the last one they read {@link Said#length()}
 * once and texts up to it.
 */
public final class Feed {
    /** One entry. */
    public sealed interface Entry permits Happened, Said {}

    /** Something happened. */
    public record Happened(TurnEvent event) implements Entry {}

    /** A run of a step's text or reasoning, between two other entries. */
    public static final class Said implements Entry {
        private final int step;
        private final boolean reasoning;
        private final int at;
        private final GrowingText text;
        private volatile int end;

        private Said(int step, boolean reasoning, GrowingText text) {
            this.step = step;
            this.reasoning = reasoning;
            this.text = text;
            this.at = text.length();
            this.end = at;
        }

        public int step() {
            return step;
        }

        public boolean reasoning() {
            return reasoning;
        }

        /** Where this run begins within its step's text (or reasoning). */
        public int at() {
            return at;
        }

        /** How long it is now; never less than before. */
        public int length() {
            return end - at;
        }

        /** A part of this run; offsets count from its beginning. */
        public String text(int from, int to) {
            return text.substring(at + from, at + to);
        }
    }

    private final TurnHead head;
    private final int attempt;
    private final List<Step> earlier;
    private final CopyOnWriteArrayList<Runnable> wakeUps = new CopyOnWriteArrayList<>();

    private volatile Entry[] entries = new Entry[16];
    private volatile int size;
    private volatile boolean over;
    private volatile boolean holdsVoid;
    private volatile boolean left;

    // The writer's own: the text under way.
    private @Nullable Said last;
    private GrowingText text = new GrowingText();
    private GrowingText reasoning = new GrowingText();
    private final Halves textHalves = new Halves();
    private final Halves reasoningHalves = new Halves();
    private volatile int step = 1; // readers may ask which step is under way

    /**
     * A feed with nothing in it.
     *
     * @param attempt which try at the turn this is; cursors of other tries do not fit it
     * @param earlier the durable steps of tries before, which this feed does not hold as entries
     */
    public Feed(TurnHead head, int attempt, List<Step> earlier) {
        this.head = head;
        this.attempt = attempt;
        this.earlier = List.copyOf(earlier);
    }

    /** A feed of a turn no step of which is durable yet. */
    public Feed(TurnHead head, int attempt) {
        this(head, attempt, List.of());
    }

    /** The durable steps of tries before. */
    public List<Step> earlier() {
        return earlier;
    }

    public TurnHead head() {
        return head;
    }

    public int attempt() {
        return attempt;
    }

    // --- the writer

    /** Writes an event down and wakes the readers. */
    public void happened(TurnEvent event) {
        put(new Happened(event));
        last = null;
        if (event instanceof TurnEvent.Last) {
            over = true;
            settle();
        }
        wake();
    }

    /** The step's text grows; a half of a surrogate pair is held until its other half comes. */
    public void text(String delta) {
        grow(text, false, textHalves.whole(delta));
    }

    /** The step's reasoning grows. */
    public void reasoning(String delta) {
        grow(reasoning, true, reasoningHalves.whole(delta));
    }

    /** No more comes for this step: a half that is still held becomes U+FFFD. */
    public void stepEnds() {
        grow(text, false, textHalves.rest());
        grow(reasoning, true, reasoningHalves.rest());
    }

    /** A step begins with empty texts. */
    public void stepBegins(int number) {
        step = number;
        anew();
    }

    /** What was said of the step under way is void; tells the readers. */
    public void reset(String reason) {
        if (text.length() + reasoning.length() > 0) holdsVoid = true;
        anew();
        happened(new TurnEvent.Reset(step, reason));
    }

    /**
     * True if a part of what it says became void later: who holds the text that came instead must
     * not read it from the start.
     */
    public boolean holdsVoid() {
        return holdsVoid;
    }

    private void anew() {
        settle();
        text = new GrowingText();
        reasoning = new GrowingText();
        textHalves.rest();
        reasoningHalves.rest();
        last = null;
    }

    private void settle() {
        text.settle();
        reasoning.settle();
    }

    private void grow(GrowingText into, boolean isReasoning, String delta) {
        if (delta.isEmpty()) return;
        Said run = last;
        if (run == null || run.text != into) {
            run = new Said(step, isReasoning, into);
            into.append(delta);
            run.end = into.length();
            put(run);
            last = run;
        } else {
            into.append(delta);
            run.end = into.length();
        }
        wake();
    }

    private void put(Entry entry) {
        if (over) throw new IllegalStateException("nothing follows a turn's last event");
        int at = size;
        if (at == entries.length) entries = Arrays.copyOf(entries, at * 2);
        entries[at] = entry;
        size = at + 1;
    }

    private void wake() {
        for (Runnable wakeUp : wakeUps) wakeUp.run();
    }

    /** The step's text so far. */
    public String stepText() {
        return text.substring(0, text.length());
    }

    /** The step's reasoning so far. */
    public String stepReasoning() {
        return reasoning.substring(0, reasoning.length());
    }

    /**
     * No more is written and no last event comes: whoever reads must come back and ask where it
     * goes on.
     */
    public void leave() {
        left = true;
        wake();
    }

    /** UTF-16 units of the step's text so far. */
    public int textLength() {
        return text.length();
    }

    /** UTF-16 units of the step's reasoning so far. */
    public int reasoningLength() {
        return reasoning.length();
    }

    // --- the readers

    /** How many entries there are. */
    public int size() {
        return size;
    }

    /**
     * @param index below a size that was read before
     */
    public Entry entry(int index) {
        return entries[index];
    }

    /** The step under way, from 1; once the turn is over, its last step. */
    public int step() {
        return step;
    }

    /** True once the last event is among the entries. */
    public boolean over() {
        return over;
    }

    /** True once this node has nothing more to say about the turn, though it has not ended. */
    public boolean left() {
        return left;
    }

    /**
     * Calls {@code wakeUp} on the writer's thread after everything that is written, until {@link
     * #unsubscribe}. It must be quick and must not throw: set a flag, and flush later.
     */
    public void subscribe(Runnable wakeUp) {
        wakeUps.add(wakeUp);
    }

    public void unsubscribe(Runnable wakeUp) {
        wakeUps.remove(wakeUp);
    }

    public int subscribers() {
        return wakeUps.size();
    }

    public Cursor start() {
        return Cursor.start(head.id(), attempt);
    }

    /** Past everything written so far. */
    public Cursor end() {
        int count = size;
        if (count > 0 && entries[count - 1] instanceof Said said) {
            return new Cursor(head.id(), attempt, count - 1, said.length());
        }
        return new Cursor(head.id(), attempt, count, 0);
    }

    /** Where a cursor will stand past an event that is written next. */
    public Cursor afterNextEvent() {
        return new Cursor(head.id(), attempt, size + 1, 0);
    }

    /** True if the cursor is of this attempt and not past what is written. */
    public boolean holds(Cursor cursor) {
        if (cursor.attempt() != attempt || !cursor.turn().equals(head.id())) return false;
        int count = size;
        if (cursor.entry() > count) return false;
        if (cursor.entry() == count) return cursor.offset() == 0;
        return switch (entries[cursor.entry()]) {
            case Happened event -> cursor.offset() == 0;
            case Said said ->
                    cursor.offset() <= said.length() && !insidePair(said, cursor.offset());
        };
    }

    /** We give no such cursor, but somebody may make one up. */
    private static boolean insidePair(Said said, int offset) {
        return offset > 0
                && offset < said.length()
                && Character.isLowSurrogate(said.text(offset, offset + 1).charAt(0));
    }

    /** The entries before the cursor. */
    List<Entry> before(Cursor cursor) {
        int whole = Math.min(cursor.entry() + (cursor.offset() > 0 ? 1 : 0), size);
        return List.of(Arrays.copyOf(entries, whole));
    }
}
