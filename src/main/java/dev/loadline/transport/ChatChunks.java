package dev.loadline.transport;

import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.loadline.core.Json;
import dev.loadline.core.Problem;
import dev.loadline.core.Utf16;
import dev.loadline.turn.Cursor;
import dev.loadline.turn.Feed;
import dev.loadline.turn.Turn;
import dev.loadline.turn.TurnEvent;

import io.vertx.core.buffer.Buffer;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * Tells of a turn as chunks of a chat completion: role, texts, finish, usage, {@code [DONE]}. What
 * was shown can't be taken back there, so a reset of it ends the stream with an error. One client.
 */
final class ChatChunks implements Wording {
    private static final String DONE = "data: [DONE]\n\n";

    /** What a stream begins with, before there is a token: its client waits for nothing else. */
    private static final String COMMENT = ":\n\n";

    private static final Problem BROKEN_OFF =
            Problem.of(
                    Problem.Code.DRAINING, "the server goes away; what was said so far is not all");
    private static final Problem VOID =
            Problem.of(
                    Problem.Code.DEPENDENCY_UNAVAILABLE,
                    "the answer began anew after a part of it was sent");

    private final StreamCounts counts;
    private final @Nullable Feed feed;
    private final byte[] begin;
    private final String usageBefore;
    private final boolean usage;
    private final Runnable whenLeft;
    private final JsonBytes out = new JsonBytes();
    private int shownStep; // the last of which the client was told a text; 0: none yet

    private ChatChunks(
            StreamCounts counts,
            @Nullable Feed feed,
            String turn,
            String model,
            long createdMs,
            boolean usage,
            Runnable whenLeft) {
        this.counts = counts;
        this.feed = feed;
        this.usage = usage;
        this.usageBefore = usage ? ",\"usage\":null}\n\n" : "}\n\n";
        this.whenLeft = whenLeft;
        this.begin =
                ("data: {\"id\":"
                                + Json.write(ChatAnswer.id(turn))
                                + ",\"object\":\"chat.completion.chunk\",\"created\":"
                                + createdMs / 1000
                                + ",\"model\":"
                                + Json.write(model)
                                + ",\"choices\":[")
                        .getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Of a feed.
     *
     * @param usage true if what was used is told at the end
     * @param whenLeft hears that the stream is over, or its client gone
     */
    static ChatChunks of(StreamCounts counts, Feed feed, boolean usage, Runnable whenLeft) {
        var head = feed.head();
        String turn = head.id().value();
        return new ChatChunks(counts, feed, turn, head.agent(), head.createdMs(), usage, whenLeft);
    }

    /** Of a stored turn. */
    static ChatChunks of(StreamCounts counts, Turn turn, long createdMs, boolean usage) {
        return new ChatChunks(counts, null, turn.turn(), turn.agent(), createdMs, usage, () -> {});
    }

    @Override
    public Buffer opening() {
        out.clear();
        out.raw(COMMENT);
        choice("\"role\":\"assistant\",\"content\":\"\",\"refusal\":null", "null");
        return out.take();
    }

    /** What a stored turn, or one that is taken over, has said before. */
    Queue<Following.Leading> said(Turn turn) {
        Queue<Following.Leading> frames = new ArrayDeque<>();
        var steps = turn.steps();
        if (steps != null && !turn.text().isEmpty())
            texts("reasoning_content", ChatAnswer.reasoning(steps), frames);
        texts("content", turn.text(), frames);
        return frames;
    }

    /** Each is made when its turn has come to be sent. */
    private void texts(String name, String all, Queue<Following.Leading> frames) {
        for (int at = 0; at < all.length(); ) {
            int most = Math.min(all.length(), at + Frames.DELTA_MAX);
            int end = most == all.length() ? most : Utf16.cutBefore(all, most);
            int start = at;
            frames.add(reader -> said(name, all.substring(start, end)));
            at = end;
        }
    }

    private Frame said(String name, String text) {
        out.clear();
        delta(name, text);
        counts.encoded();
        return new Frame(out.take(), null, false, null);
    }

    @Override
    public @Nullable Frame past(Cursor from) {
        if (feed == null) return null;
        out.clear();
        int size = feed.size(); // first: see Feed
        int entry = from.entry();
        int offset = from.offset();
        while (entry < size && out.length() < Framing.BYTES_MAX) {
            switch (feed.entry(entry)) {
                case Feed.Said said -> {
                    offset = isVoid(said, entry, size) ? said.length() : delta(said, offset);
                    if (offset < said.length()) continue;
                    if (entry + 1 == size) return done(entry, offset); // it may still grow
                    entry++;
                    offset = 0;
                }
                case Feed.Happened(TurnEvent.Last last) -> {
                    return out.length() > 0 ? done(entry, 0) : last(last);
                }
                case Feed.Happened(TurnEvent.ToolCalled called) -> {
                    call(called);
                    entry++;
                    offset = 0;
                }
                case Feed.Happened(TurnEvent.Reset reset) when reset.step() == shownStep -> {
                    return out.length() > 0 ? done(entry, 0) : ended(VOID);
                }
                case Feed.Happened happened -> {
                    entry++;
                    offset = 0;
                }
            }
        }
        return done(entry, offset);
    }

    /** True of what was taken back before this client was told of it. */
    private boolean isVoid(Feed.Said said, int entry, int size) {
        if (feed == null || said.step() == shownStep) return false;
        for (int i = entry + 1; i < size; i++) {
            if (feed.entry(i) instanceof Feed.Happened(TurnEvent.Reset reset)
                    && reset.step() == said.step()) return true;
        }
        return false;
    }

    private int delta(Feed.Said said, int offset) {
        int length = said.length();
        if (offset >= length) return offset;
        String text = said.text(offset, Math.min(length, offset + Frames.DELTA_MAX + 1));
        text = text.substring(0, Utf16.cutBefore(text, Math.min(Frames.DELTA_MAX, text.length())));
        shownStep = said.step();
        delta(said.reasoning() ? "reasoning_content" : "content", text);
        return offset + text.length();
    }

    private void delta(String name, String text) {
        out.raw(begin, 0, begin.length);
        out.raw("{\"index\":0,\"delta\":{\"").raw(name).raw("\":").string(text);
        out.raw("},\"logprobs\":null,\"finish_reason\":null}]").raw(usageBefore);
    }

    /** Whole: its arguments were complete before anybody was told of it. */
    private void call(TurnEvent.ToolCalled called) {
        if (feed == null) return;
        int index = ChatAnswer.calls(feed).indexOf(called);
        ObjectNode call = ChatAnswer.call(called).put("index", index);
        choice("\"tool_calls\":[" + Json.write(call) + "]", "null");
    }

    private void choice(String delta, String finish) {
        out.raw(begin, 0, begin.length);
        out.raw("{\"index\":0,\"delta\":{").raw(delta);
        out.raw("},\"logprobs\":null,\"finish_reason\":").raw(finish).raw("}]").raw(usageBefore);
    }

    private @Nullable Frame done(int entry, int offset) {
        if (feed == null || out.length() == 0) return null;
        counts.encoded();
        var end = new Cursor(feed.head().id(), feed.attempt(), entry, offset);
        return new Frame(out.take(), end, false, null);
    }

    /** The end of the stream. */
    Frame last(TurnEvent.Last last) {
        Problem refusal = ChatAnswer.refusal(last);
        if (refusal != null) return ended(refusal);
        out.clear();
        if (last instanceof TurnEvent.Completed completed) {
            choice("", "\"" + finish(completed) + "\"");
            if (usage) {
                out.raw(begin, 0, begin.length).raw("],\"usage\":");
                out.raw(Json.write(ChatAnswer.usage(completed.usage()))).raw("}\n\n");
            }
        }
        out.raw(DONE);
        counts.encoded();
        return new Frame(out.take(), null, true, null);
    }

    private String finish(TurnEvent.Completed completed) {
        boolean calls = feed != null && !ChatAnswer.calls(feed).isEmpty();
        return ChatAnswer.finish(completed.finish(), calls);
    }

    private Frame ended(Problem problem) {
        counts.encoded();
        return new Frame(error(problem), null, true, null);
    }

    private static Buffer error(Problem problem) {
        return Buffer.buffer("data: " + Json.write(OpenAiErrors.body(problem)) + "\n\n");
    }

    @Override
    public Buffer breakingOff() {
        return error(BROKEN_OFF);
    }

    @Override
    public void left() {
        whenLeft.run();
    }
}
