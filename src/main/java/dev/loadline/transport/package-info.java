/**
 * People and programs come in: doors that translate and hold no rules.
 *
 * <p>Face: {@link dev.loadline.transport.TransportVerticle} (one per event loop) made from {@link
 * dev.loadline.transport.TransportParts}; {@link dev.loadline.transport.ServerPolicy} (what a
 * connection may send and hold), {@link dev.loadline.transport.Authenticator}, {@link
 * dev.loadline.transport.StreamCounts}.
 *
 * <p>A request's way: {@code Gate} (Host, Origin) → {@code Routes} → {@code Body} (limits) → a
 * door, which reads a {@code Members} and asks {@link dev.loadline.engine.Turns}. A stream's way:
 * {@code Fanout} (one wake-up per loop and feed) → {@code SseStream} (one per client, a cursor and
 * nothing buffered) → {@code Frames} (encoded once, shared by all at the same cursor). A
 * WebSocket's way: {@code SocketDoor} (handshake) → {@code Socket} (who is there, heartbeat, end) →
 * {@code SocketFrames} (bytes to JSON) → {@code SocketDesk} (what is asked) → {@code SocketTurns}
 * and {@code SocketWatches} (what is streamed on it) → {@code SocketWriter} (answers, then turns in
 * rotation, each a place in the same fan-outs). OpenAI's API ({@code OpenAiDoors}) has its own
 * words for answers ({@code Wording}) and errors ({@code Dialect}); the page's files are named in
 * {@code ConsoleDoor}. {@code Tls} stands before all of it, {@code ManagementVerticle} beside it.
 *
 * <p>A client of chat completions can't be told to forget. So a turn whose chunks it reads is begun
 * with {@code Asked.irrevocable}: another model may answer in the first one's place until something
 * was shown; after that the step ends with what went wrong, as an error in the stream, and what was
 * shown stays. Who asks for the whole answer at once is shown nothing before, and gets what the
 * last model said. Where a step begins anew all the same, because another life of the server goes
 * on with it, the stream ends with an error too.
 *
 * <p>Thread: everything here belongs to the loop of its verticle unless it says otherwise. Time: by
 * the clock and timers given. May import: engine, schedule, memory, turn, mailbox, telemetry, core.
 */
@NullMarked
package dev.loadline.transport;

import org.jspecify.annotations.NullMarked;
