package dev.loadline.sim;

/** Deliberate bugs that the simulation must find. */
enum Mutation {
    NONE,
    /** Writes go through whoever owns the conversation, and a lease never runs out. */
    NO_FENCING,
    /** A message's key is not looked at. */
    NO_KEY,
    /** Readers are not told that text is void. */
    RESET_NOT_SENT
}
