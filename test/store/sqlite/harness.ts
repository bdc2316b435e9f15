import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Libsql from 'libsql';
import type { Store } from '../../../lib/store/port';
import type { SqliteStore } from '../../../lib/store/sqlite/open';
import { openSqliteStore } from '../../../lib/store/sqlite/open';
import { later } from '../../../lib/values/instant';
import { START } from '../builders';
import type { SettleStep, StoreHarness } from '../harness';

/** A directory of its own, removed by `remove`. */
export function temporaryDirectory(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'wxpay-inbox-store-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Runs SQL on the file behind the store's back. */
export function tamper(file: string, sql: string): void {
  const database = new Libsql(file);
  try {
    database.exec(sql);
  } finally {
    database.close();
  }
}

const WRITES: Readonly<Record<SettleStep, readonly string[]>> = {
  order: ['UPDATE ON orders'],
  refund: ['INSERT ON refunds', 'UPDATE ON refunds'],
  discrepancy: ['INSERT ON discrepancies'],
  message: ['UPDATE OF state ON inbox'],
};

let migrated: Buffer | null = null;

/**
 * The file of a store that is new and closed. Created once, because migrations wait for the disk
 * each time.
 */
function newFile(): Buffer {
  if (migrated !== null) return migrated;
  const directory = temporaryDirectory();
  try {
    const file = join(directory.path, 'new.db');
    openSqliteStore({ file }).close();
    migrated = readFileSync(file);
    return migrated;
  } finally {
    directory.remove();
  }
}

/** Puts a new store's file there, which opens without migrating. */
export function putNewStore(file: string): void {
  writeFileSync(file, newFile(), { mode: 0o600 });
}

/** A store in a file of its own, with faults made by triggers in that file. */
export async function openSqliteHarness(
  writer: 'here' | 'thread' = 'here',
): Promise<StoreHarness & { readonly file: string }> {
  const directory = temporaryDirectory();
  const file = join(directory.path, 'store.db');
  putNewStore(file);
  const handles: SqliteStore[] = [];
  const openHandle = (): SqliteStore => {
    const handle = openSqliteStore({ file, writer });
    handles.push(handle);
    return handle;
  };
  const inner = openHandle();
  let now = START;
  let broken: SettleStep | null = null;

  const settle: Store['inbox']['settle'] = async (...request) => {
    const step = broken;
    broken = null;
    if (step === null) return inner.inbox.settle(...request);
    const triggers = WRITES[step].map((write, n) => ({ name: `broken_${n}`, write }));
    for (const { name, write } of triggers) {
      tamper(file, `CREATE TRIGGER ${name} AFTER ${write} BEGIN SELECT RAISE(ABORT, 'broken off'); END`);
    }
    try {
      return await inner.inbox.settle(...request);
    } finally {
      for (const { name } of triggers) tamper(file, `DROP TRIGGER ${name}`);
    }
  };

  return {
    store: { ...inner, inbox: { ...inner.inbox, settle } },
    file,
    now: () => now,
    advance: (ms) => {
      now = later(now, ms);
    },
    close: async () => {
      handles.forEach((handle) => handle.close());
      directory.remove();
    },
    secondHandle: openHandle,
    rewriteKind: async (key, kind) => {
      const id = `(SELECT id FROM inbox WHERE key = '${key}')`;
      tamper(
        file,
        `UPDATE inbox_payload SET content = json_set(content, '$.kind', '${kind}') WHERE id = ${id}`,
      );
    },
    rewriteHistory: async (of, number, history) => {
      const [table, where] = {
        order: ['orders', `out_trade_no = '${number}'`],
        refund: ['refunds', `out_refund_no = '${number}'`],
        run: ['statement_runs', `id = '${number}'`],
        message: ['inbox_payload', `id = (SELECT id FROM inbox WHERE key = '${number}')`],
      }[of];
      const text = history === 'broken' ? '{"path":"rumour"}' : '';
      tamper(file, `UPDATE ${table} SET history = '${text}' WHERE ${where}`);
    },
    makeUnreadable: async (of, name) => {
      const [table, column, key] = {
        entry: ['audit', 'entry', 'id'],
        figures: ['figures', 'figures', 'at'],
        alarm: ['alarms', 'alarm', 'cause'],
        signal: ['signals', 'signal', 'cause'],
      }[of];
      tamper(file, `UPDATE ${table} SET ${column} = '{}' WHERE ${key} = '${name}'`);
    },
    interruptSettleAfter: (step) => {
      broken = step;
    },
  };
}
