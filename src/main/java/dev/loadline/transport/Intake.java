package dev.loadline.transport;

import io.vertx.core.http.ServerWebSocket;

/** What a WebSocket is read by: nothing comes in while anybody holds it. One loop. */
final class Intake {
    private final ServerWebSocket socket;
    private int holds;

    Intake(ServerWebSocket socket) {
        this.socket = socket;
    }

    /** To be given back by {@link #release}, once. */
    void hold() {
        if (holds++ == 0) socket.pause();
    }

    void release() {
        if (--holds == 0) socket.resume();
    }
}
