package dev.loadline.transport;

/** Why the server closes a WebSocket; the code goes over the wire. */
enum SocketClose {
    GOING_AWAY(1001),
    BROKEN(1011),
    BAD_FRAME(4400),
    UNAUTHENTICATED(4401),
    HEARTBEAT_MISSED(4408),
    TOO_LARGE(4413),
    ONE_TOO_MANY(4429);

    private final short code;

    SocketClose(int code) {
        this.code = (short) code;
    }

    short code() {
        return code;
    }
}
