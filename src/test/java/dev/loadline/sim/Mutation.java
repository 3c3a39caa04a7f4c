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
    REFUSED_ACKNOWLEDGED
}
