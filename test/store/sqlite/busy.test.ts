import { join } from 'node:path';
import Libsql from 'libsql';
import { openSqliteStore, type SqliteStore } from '../../../lib/store/sqlite/open';
import { ownFolder } from '../../../lib/store/sqlite/base/owner';
import { message, order } from '../builders';
import { temporaryDirectory } from './harness';

interface Held {
  readonly store: SqliteStore;
  /** Lets go of what somebody else holds. */
  readonly letGo: () => void;
}

/** Runs a case on a store whose file is held by another connection's transaction. */
function whileHeld(busyTimeoutMs: number, run: (held: Held) => Promise<void>): () => Promise<void> {
  return async () => {
    const directory = temporaryDirectory();
    const file = join(directory.path, 'inbox.db');
    const store = openSqliteStore({ file, busyTimeoutMs });
    const other = new Libsql(file);
    try {
      other.exec('BEGIN EXCLUSIVE');
      await run({ store, letGo: () => void other.exec('ROLLBACK') });
    } finally {
      other.close();
      store.close();
      directory.remove();
    }
  };
}

/** Lets everything run that is ready to. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('while another process holds the database, a write', () => {
  // It would be held for a minute, and by this very thread: a write that blocks comes to no end.
  it(
    'waits without keeping the process from anything else, and is done once the other lets go',
    whileHeld(60_000, async ({ store, letGo }) => {
      let stored: string | null = null;
      const writing = store.inbox.record(message(1)).then((result) => (stored = result));
      await turn();
      await turn();
      expect(stored).toBeNull();
      expect(await store.inbox.find(message(1).key)).toBeNull();
      const later = store.orders.create(order(1));
      letGo();
      expect([await writing, await later]).toEqual(['stored', 'created']);
    }),
  );

  it(
    'is refused as overloaded when its patience has run out, and nothing was written',
    whileHeld(0, async ({ store, letGo }) => {
      await expect(store.inbox.record(message(1))).rejects.toMatchObject({ code: 'overloaded' });
      letGo();
      expect(await store.inbox.find(message(1).key)).toBeNull();
      expect(await store.inbox.record(message(1))).toBe('stored');
    }),
  );

  it(
    'is refused when the store is closed meanwhile',
    whileHeld(60_000, async ({ store }) => {
      const refused = expect(store.inbox.record(message(1))).rejects.toMatchObject({ code: 'overloaded' });
      await turn();
      store.close();
      await refused;
    }),
  );
});

describe('a data folder', () => {
  it('belongs to one process at a time', () => {
    const directory = temporaryDirectory();
    try {
      const owned = ownFolder(directory.path);
      expect(() => ownFolder(directory.path)).toThrow(/another server uses this data folder.*DATA_DIR/);
      owned.release();
      ownFolder(directory.path).release();
    } finally {
      directory.remove();
    }
  });

  it('that is not there is refused in plain words', () => {
    expect(() => ownFolder('/nowhere/at/all')).toThrow(/database file cannot be opened/);
  });
});
