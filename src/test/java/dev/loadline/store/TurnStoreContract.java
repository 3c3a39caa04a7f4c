package dev.loadline.store;

/**
 * Goal: every database keeps turns by the same rules. Method: each decision of {@link TurnStore}
 * provoked by calls alone, lost answers by a {@link Db} that forgets them after the commit.
 */
abstract class TurnStoreContract extends LeftoversContract {}
