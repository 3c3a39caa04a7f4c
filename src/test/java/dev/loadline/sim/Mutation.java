package dev.loadline.sim;

/** Deliberate bugs that the simulation must find. */
enum Mutation {
    NONE,
    /** Writes go through whoever owns the conversation, and a lease never runs out. */
    NO_FENCING,
    /** A message's key is not looked at. */
    NO_KEY,
    /** A turn ends though a text has joined it that no step has seen. */
    STEERED_UNSEEN,
    /** Readers are not told that text is void. */
    RESET_NOT_SENT,
    /** Somebody who waits for a slot is forgotten. */
    WAITER_LOST,
    /** A slot comes back as soon as its turn has begun. */
    SLOT_BACK_EARLY,
    /** A slot does not come back. */
    SLOT_LOST,
    /** Who was told to come later is let in after all. */
    REFUSED_BEGUN,
    /** What has been stored is refused. */
    REFUSED_ACKNOWLEDGED,
    /** Calls pass a gate that is closed. */
    GATE_BROKEN,
    /** The permit of a call that is cancelled does not come back. */
    PERMIT_LOST,
    /** Retries cost nothing. */
    RETRIES_FREE,
    /** A turn that waits for a model keeps its slot. */
    SLOT_KEPT,
    /** A turn that has waited for a model takes no slot again. */
    SLOT_NOT_TAKEN,
    /** Another model's answer goes on where the first broke off. */
    FALLBACK_UNTOLD
}
