package dev.loadline.transport;

/** How an event is written on the wire. Each is one JSON object with {@code turn} as a member. */
enum Framing {
    /** Server-sent events; one frame may hold many. */
    SSE {
        @Override
        void begin(JsonBytes out, String type, String id) {
            out.raw("event: ").raw(type).raw("\nid: ").raw(id).raw("\ndata: {");
        }

        @Override
        void end(JsonBytes out) {
            out.raw("}\n\n");
        }

        @Override
        int bytesMax() {
            return BYTES_MAX;
        }
    },

    /** Text messages of a WebSocket; each frame is one event. */
    SOCKET {
        @Override
        void begin(JsonBytes out, String type, String id) {
            out.raw("{\"type\":\"").raw(type).raw("\",\"id\":\"").raw(id).raw("\",");
        }

        @Override
        void end(JsonBytes out) {
            out.raw("}");
        }

        @Override
        int bytesMax() {
            return 1;
        }
    };

    /**
     * A frame is closed once it has this many bytes; one event more than that may be in it. What
     * waits in a socket keeps its whole frame, which is the client's alone if nobody else stands at
     * its cursor: so frames are small against the socket's queue.
     */
    static final int BYTES_MAX = 16 * 1024;

    /** Up to the first member of the event's object. */
    abstract void begin(JsonBytes out, String type, String id);

    /** Behind its last member. */
    abstract void end(JsonBytes out);

    /** A frame with this many bytes takes no further event. */
    abstract int bytesMax();
}
