/**
 * Measures a server under load from outside, through its wire only.
 *
 * <p>Rooms: {@code standin}, a fast model that marks its chunks; {@code floor}, the least that any
 * server in the middle must do. Each runs in a process of its own.
 */
package dev.loadline.load;
