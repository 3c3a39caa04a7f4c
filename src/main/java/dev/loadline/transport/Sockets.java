package dev.loadline.transport;

import io.vertx.core.http.ServerWebSocket;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.Set;

/** The WebSockets of one loop. */
final class Sockets {
    /** After its close a client waits this long at least, and twice that at most. */
    private static final long COMES_BACK_MS = 1000;

    private final Fanouts fanouts;
    private final TransportParts parts;
    private final Answers answers;
    private final Room room;
    private final Set<Socket> open = new LinkedHashSet<>();
    private boolean closing;

    Sockets(Fanouts fanouts, TransportParts parts) {
        this.fanouts = fanouts;
        this.parts = parts;
        this.answers = new Answers(parts.ids(), parts.random());
        this.room = new Room(parts);
    }

    Fanouts fanouts() {
        return fanouts;
    }

    Room room() {
        return room;
    }

    Answers answers() {
        return answers;
    }

    /** A handshake that is done; see {@link Socket#open}. */
    void open(ServerWebSocket accepted, @Nullable Caller caller, boolean wrong) {
        if (accepted.isClosed()) return; // while the hand-shake was written: nobody tells of it
        var socket = new Socket(accepted, this, parts);
        open.add(socket);
        socket.open(caller, wrong);
        if (closing) socket.close(SocketClose.GOING_AWAY, "the server is going away");
    }

    void gone(Socket socket) {
        open.remove(socket);
    }

    /** Once a second. */
    void sweep() {
        if (open.isEmpty()) return;
        long now = parts.clock().nanos();
        for (Socket socket : new ArrayList<>(open)) socket.sweep(now);
    }

    /** Tells all clients to come back elsewhere, and closes within the time, spread over it. */
    void drain(Duration within) {
        for (Socket socket : new ArrayList<>(open)) {
            long in = within.isPositive() ? parts.random().nextLong(within.toMillis() + 1) : 0;
            long pause = COMES_BACK_MS + parts.random().nextLong(COMES_BACK_MS + 1);
            socket.drain(Duration.ofMillis(in), Duration.ofMillis(in + pause));
        }
    }

    void closeAll() {
        closing = true;
        for (Socket socket : new ArrayList<>(open)) {
            socket.drain(Duration.ZERO, Duration.ofMillis(COMES_BACK_MS));
            socket.close(SocketClose.GOING_AWAY, "the server is going away");
        }
    }

    /** Those that have not answered their close, too. */
    void cutAll() {
        for (Socket socket : new ArrayList<>(open)) socket.cut();
    }
}
