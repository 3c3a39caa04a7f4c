package dev.loadline.model;

import dev.loadline.core.ToolCall;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/**
 * The tool calls of one answer, put together from their pieces. A piece belongs to the call with
 * its index; without one to the call under way, unless it brings another id or a name of its own
 * (some servers send each call whole and number none). One answer; not thread-safe.
 */
final class CallPieces {
    static final int CALLS_MAX = 128;

    /** Of all names and arguments together, in UTF-16 units; more is cut off with the answer. */
    static final int UNITS_MAX = 1 << 20;

    private static final String EMPTY = "{}";

    /** A piece as it came; what it does not say is null (or empty), and the index -1. */
    record Piece(
            int index, @Nullable String id, @Nullable String name, @Nullable String arguments) {
        Piece {
            if (id != null && id.isEmpty()) id = null;
            if (name != null && name.isEmpty()) name = null;
        }
    }

    private static final class Part {
        @Nullable String id;
        @Nullable String name;
        final StringBuilder arguments = new StringBuilder();
    }

    private final TreeMap<Integer, Part> parts = new TreeMap<>();
    private int underWay = -1;
    private int units;

    /** False: it is more than is taken. */
    boolean add(Piece piece) {
        int index = piece.index >= 0 ? piece.index : belongsTo(piece);
        underWay = index;
        Part part = parts.computeIfAbsent(index, at -> new Part());
        if (part.id == null) part.id = piece.id;
        if (piece.name != null && part.name == null) {
            part.name = piece.name;
            units += piece.name.length();
        }
        if (piece.arguments != null) {
            units += piece.arguments.length();
            if (units <= UNITS_MAX) part.arguments.append(piece.arguments);
        }
        return parts.size() <= CALLS_MAX && units <= UNITS_MAX;
    }

    private int belongsTo(Piece piece) {
        Part now = parts.get(underWay);
        if (now == null) return underWay + 1;
        boolean another =
                piece.id != null && now.id != null && !piece.id.equals(now.id)
                        || piece.name != null && now.name != null;
        return another ? parts.lastKey() + 1 : underWay;
    }

    /**
     * In the order of their indexes. Ids that are missing or come twice are made anew, so that
     * every result finds its call. What has no name can be called by nobody and is left out.
     */
    List<ToolCall> calls() {
        List<ToolCall> calls = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        for (var entry : parts.entrySet()) {
            Part part = entry.getValue();
            if (part.name == null) continue;
            String id = part.id;
            for (int i = entry.getKey(); id == null || ids.contains(id); i++) id = "call_" + i;
            ids.add(id);
            String arguments = part.arguments.toString();
            calls.add(new ToolCall(id, part.name, arguments.isBlank() ? EMPTY : arguments));
        }
        return calls;
    }
}
