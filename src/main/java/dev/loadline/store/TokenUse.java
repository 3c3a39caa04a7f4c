package dev.loadline.store;

import dev.loadline.core.Principal;

import io.vertx.core.Future;

/**
 * How many tokens each principal has used on which day; only of principals that somebody wants to
 * know it of. Turns with an outcome are counted by {@link TurnStore#end}. Any thread.
 */
public interface TokenUse {
    /** The day of a wall clock's time: days since 1970, UTC. */
    static long dayOf(long millis) {
        return Math.floorDiv(millis, 86_400_000L);
    }

    /** Tokens used on that day. */
    Future<Long> used(Principal principal, long day);

    /** Counts tokens of a turn that has no outcome. Not to be asked again after a lost answer. */
    Future<Void> add(Principal principal, long day, long tokens);

    /** Forgets the days before this one. */
    Future<Void> forget(long beforeDay);

    /**
     * @param db with the schema of {@code db/migration}
     */
    static TokenUse in(Db db) {
        return new TokenRows(db);
    }
}
