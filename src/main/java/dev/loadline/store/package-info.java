/**
 * The database: transactions, statements, migrations, dialect; and the turns in it.
 *
 * <p>Face: {@link dev.loadline.store.Db} (body: {@link dev.loadline.store.SqliteDb}), {@link
 * dev.loadline.store.TurnStore} (body: {@link dev.loadline.store.SqlTurnStore}, which knows no
 * database by name). One set of SQL statements in the dialect that SQLite and PostgreSQL share.
 * Thread: any may ask; answers come on the asker's context. A failed future carries {@link
 * dev.loadline.store.StoreFailure}. May import: turn, guard, telemetry, core.
 */
@NullMarked
package dev.loadline.store;

import org.jspecify.annotations.NullMarked;
