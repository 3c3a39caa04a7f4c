/**
 * The floor: the least that any server between a client and a model must do, for comparison. Takes
 * the request that a Loadline client sends, asks the model, parses each of its chunks and sends it
 * on as an event. No store, no identity, no resume. Runs in a process of its own: {@link
 * dev.loadline.load.floor.Floor}.
 */
package dev.loadline.load.floor;
