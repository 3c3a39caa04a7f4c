package dev.loadline.transport;

import com.fasterxml.jackson.databind.JsonNode;

import dev.loadline.core.Principal;
import dev.loadline.core.Problem;
import dev.loadline.core.ProblemException;
import dev.loadline.telemetry.ConnectionMeter.Stall;

import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.internal.http.WebSocketInternal;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/**
 * One WebSocket: who is at it, whether it lives, how it ends. What is asked on it is for {@link
 * SocketDesk}. One loop.
 */
final class Socket implements SocketFrames.Listener {
    static final Duration HEARTBEAT = Duration.ofSeconds(20);
    private static final int UNANSWERED_MAX = 2;
    private static final Duration AUTH_WAIT = Duration.ofSeconds(5);

    /** What a client has to answer our close before its connection is cut. */
    private static final Duration CLOSE_WAIT = Duration.ofSeconds(5);

    private static final String IDLE_HANDLER = "idle"; // Vert.x's name for it
    private static final int LOST = 1006;
    private static final long NEVER = Long.MIN_VALUE;

    private final ServerWebSocket socket;
    private final Sockets sockets;
    private final TransportParts parts;
    private final SocketWriter writer;
    private final Intake intake;
    private @Nullable Principal principal; // once it is known
    private @Nullable SocketDesk desk; // likewise
    private long openedNanos;
    private long pingedNanos;
    private int unanswered;
    private boolean pinging; // a ping waits to be written
    private boolean slow; // all was detached for slowness
    private long goesNanos = NEVER;
    private int closeCode; // 0: open
    private long closedNanos;
    private boolean gone;

    Socket(ServerWebSocket socket, Sockets sockets, TransportParts parts) {
        this.socket = socket;
        this.sockets = sockets;
        this.parts = parts;
        this.intake = new Intake(socket);
        this.writer =
                new SocketWriter(
                        socket,
                        sockets.fanouts(),
                        parts.clock(),
                        () -> close(SocketClose.BROKEN, "a bug in the server"),
                        this::makeRoom);
    }

    /**
     * @param caller who is at it, if the handshake said so
     * @param wrong true if the handshake named somebody whom we do not know
     */
    void open(@Nullable Caller caller, boolean wrong) {
        openedNanos = parts.clock().nanos();
        pingedNanos = openedNanos;
        new SocketFrames(parts.policy().frameMax(), sockets.fanouts().heavy(), intake, this)
                .open(socket);
        socket.closeHandler(lost -> gone());
        // It counts our heartbeats as life; ours knows better.
        var pipeline = ((WebSocketInternal) socket).channelHandlerContext().pipeline();
        if (pipeline.get(IDLE_HANDLER) != null) pipeline.remove(IDLE_HANDLER);
        parts.metrics().sockets().opened();
        if (caller != null) authenticated(caller);
        else if (wrong) close(SocketClose.UNAUTHENTICATED, "this token is not known");
    }

    private void authenticated(Caller caller) {
        Problem refused = sockets.room().takesSocket(caller.principal());
        if (refused != null) {
            close(SocketClose.ONE_TOO_MANY, "this principal has too many open sockets or streams");
            return;
        }
        principal = caller.principal();
        desk = new SocketDesk(intake, writer, sockets, parts, caller.principal());
        writer.say(
                new SocketSays.Hello(
                        parts.node(), caller.principal().toString(), HEARTBEAT.toMillis()));
    }

    // --- what comes in

    @Override
    public void heard() {
        unanswered = 0;
    }

    @Override
    public void refused(SocketClose why, String reason) {
        boolean unknown = desk == null && why == SocketClose.BAD_FRAME;
        close(unknown ? SocketClose.UNAUTHENTICATED : why, reason);
    }

    @Override
    public void object(JsonNode object) {
        if (closeCode != 0) return;
        SocketDesk open = desk;
        boolean auth = object.path("type").asText().equals("auth");
        if (auth) authenticate(object);
        else if (open == null) {
            close(SocketClose.UNAUTHENTICATED, "the first frame must be auth");
        } else {
            open.serve(object);
        }
    }

    private void authenticate(JsonNode object) {
        Caller caller = null;
        try {
            if (SocketRequest.read(object) instanceof SocketRequest.Auth(String token)) {
                caller = parts.authenticator().token(token).orElse(null);
            }
        } catch (ProblemException wrongForm) {
            caller = null;
        }
        if (caller == null) close(SocketClose.UNAUTHENTICATED, "this token is not known");
        else if (principal == null) authenticated(caller);
        else if (!caller.principal().equals(principal)) {
            close(SocketClose.UNAUTHENTICATED, "this socket is somebody else's");
        }
    }

    // --- what time brings

    void sweep(long now) {
        if (closeCode != 0) {
            if (now - closedNanos >= CLOSE_WAIT.toNanos()) cut();
        } else if (goesNanos != NEVER && now - goesNanos >= 0) {
            close(SocketClose.GOING_AWAY, "the server is going away");
        } else if (desk == null) {
            if (now - openedNanos >= AUTH_WAIT.toNanos()) {
                close(SocketClose.UNAUTHENTICATED, "no auth came");
            }
        } else if (!tooSlow(now, desk)) {
            heartbeat(now, desk);
        }
    }

    /** A client that takes bytes, however slowly, is alive, and so is one that we do not read. */
    private void heartbeat(long now, SocketDesk open) {
        if (now - pingedNanos < HEARTBEAT.toNanos()) return;
        boolean takes = writer.stalled() && writer.lastTakenNanos() - pingedNanos > 0;
        if (takes || open.paused()) unanswered = 0;
        if (unanswered >= UNANSWERED_MAX) {
            close(SocketClose.HEARTBEAT_MISSED, "no answer to " + UNANSWERED_MAX + " pings");
            return;
        }
        unanswered++;
        pingedNanos = now;
        if (pinging || writer.stalled()) return; // behind what waits it would prove nothing
        pinging = true;
        writer.say(new SocketSays.Ping(parts.clock().millis()), () -> pinging = false);
        // A page in the background can't answer in time, but its browser does.
        socket.writePing(io.vertx.core.buffer.Buffer.buffer()).onComplete(sent -> {});
    }

    private boolean tooSlow(long now, SocketDesk open) {
        if (!writer.stalled()) {
            slow = false;
            return false;
        }
        if (now - writer.lastTakenNanos() < parts.policy().idle().toNanos()) return false;
        parts.counts().slowReaderCut();
        parts.metrics().connections().cut(Stall.IDLE);
        if (slow) {
            closeCode = SocketClose.HEARTBEAT_MISSED.code();
            cut();
            return true;
        }
        slow = true;
        open.turns().detachAll();
        writer.beginsAnew();
        return false;
    }

    /**
     * Memory is short. What is held waits in the connection, so to detach its turns would give
     * nothing back, and a close behind it would not be read.
     */
    private void makeRoom() {
        parts.metrics().connections().cut(Stall.MEMORY);
        cut();
    }

    // --- how it ends

    /** Tells the client when to come back, and closes at that time at the latest. */
    void drain(Duration closesIn, Duration comesBackIn) {
        if (closeCode != 0 || goesNanos != NEVER) return;
        writer.say(new SocketSays.Drain(comesBackIn.toMillis()));
        goesNanos = parts.clock().nanos() + closesIn.toNanos();
        if (closesIn.isZero()) sweep(goesNanos);
    }

    void close(SocketClose why, String reason) {
        if (closeCode != 0) return;
        closeCode = why.code();
        closedNanos = parts.clock().nanos();
        release();
        socket.close(why.code(), reason).onComplete(closed -> {});
    }

    /** At once: what waits is dropped; see {@link Cut#now}. */
    void cut() {
        release();
        var pipeline = ((WebSocketInternal) socket).channelHandlerContext().pipeline();
        pipeline.firstContext().close().addListener(closed -> {});
    }

    private void gone() {
        if (gone) return;
        gone = true;
        Short theirs = socket.closeStatusCode();
        int code = closeCode != 0 ? closeCode : theirs == null ? LOST : theirs;
        release();
        parts.metrics().sockets().closed(code);
        sockets.gone(this);
    }

    private void release() {
        SocketDesk open = desk;
        desk = null;
        if (open != null) open.close();
        writer.end();
        if (principal != null) sockets.room().givesSocket(principal);
        principal = null;
        if (closeCode == 0) closeCode = LOST;
    }
}
