/**
 * A model that answers as OpenAI-compatible servers do, as fast as it is told, for little processor
 * time. Its chunks carry marks from which the time that a server in front of it adds can be
 * computed, and it counts the calls that reach it. Runs in a process of its own: {@link
 * dev.loadline.load.standin.ModelStandIn}.
 */
package dev.loadline.load.standin;
