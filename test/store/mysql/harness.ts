import type { MysqlStore, MysqlStoreOptions } from '../../../lib/store/mysql/open';
import { openMysqlStore } from '../../../lib/store/mysql/open';
import type { Store } from '../../../lib/store/port';
import type { Instant } from '../../../lib/values/instant';
import { later } from '../../../lib/values/instant';
import { START } from '../builders';
import type { SettleStep, StoreHarness } from '../harness';
import type { MysqlServer } from './server';

/** The cases' time is not today's: their clock is the database's. */
export function leaseNowOfCaller(now: Instant): string {
  return String(now);
}

/** Tables that a case does not empty: they are filled when the database is made. */
const KEPT = new Set(['schema_version', 'turns']);

/** A database that the cases of one suite use one after the other. */
export interface CaseDatabase {
  readonly open: () => Promise<StoreHarness>;
  readonly close: () => Promise<void>;
}

const WRITES: Readonly<Record<SettleStep, readonly string[]>> = {
  order: ['UPDATE ON orders'],
  refund: ['INSERT ON refunds', 'UPDATE ON refunds'],
  discrepancy: ['INSERT ON discrepancies'],
  message: ['UPDATE ON inbox'],
};

/** Makes a database with this program's tables. */
export async function openCaseDatabase(
  server: MysqlServer,
  name: string,
  options: Partial<MysqlStoreOptions> = {},
): Promise<CaseDatabase> {
  await server.admin(`CREATE DATABASE ${name}`);
  const openStore = (): Promise<MysqlStore> =>
    openMysqlStore({ url: server.url(name), leaseNow: leaseNowOfCaller, poolSize: 4, ...options });
  const store = await openStore();
  let second: MysqlStore | null = null;
  const listed = await store.database.rows('SHOW TABLES');
  const emptied = listed.map((row) => String(row[0])).filter((table) => !KEPT.has(table));
  const tamper = (...statements: readonly string[]): Promise<unknown> =>
    server.admin(`USE ${name}`, ...statements);

  return {
    open: async () => {
      let now = START;
      let broken: SettleStep | null = null;
      const settle: Store['inbox']['settle'] = async (...request) => {
        const step = broken;
        broken = null;
        if (step === null) return store.inbox.settle(...request);
        const triggers = WRITES[step].map((write, n) => ({ name: `broken_${String(n)}`, write }));
        const refusing = `FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'broken off'`;
        await tamper(...triggers.map((one) => `CREATE TRIGGER ${one.name} AFTER ${one.write} ${refusing}`));
        try {
          return await store.inbox.settle(...request);
        } finally {
          await tamper(...triggers.map((one) => `DROP TRIGGER ${one.name}`));
        }
      };
      return {
        store: { ...store, inbox: { ...store.inbox, settle } },
        now: () => now,
        advance: (ms) => {
          now = later(now, ms);
        },
        close: async () => {
          await tamper(...emptied.map((table) => `DELETE FROM ${table}`));
        },
        secondHandle: async () => {
          second ??= await openStore();
          return second;
        },
        rewriteKind: async (key, kind) => {
          await tamper(
            `UPDATE inbox SET content = JSON_SET(content, '$.kind', '${kind}') WHERE message_key = '${key}'`,
          );
        },
        rewriteHistory: async (of, number, history) => {
          const [table, column] = {
            order: ['orders', 'out_trade_no'],
            refund: ['refunds', 'out_refund_no'],
            run: ['statement_runs', 'id'],
            message: ['inbox', 'message_key'],
          }[of];
          const text = history === 'broken' ? '{"path":"rumour"}' : '';
          await tamper(`UPDATE ${table} SET history = '${text}' WHERE ${column} = '${number}'`);
        },
        makeUnreadable: async (of, itemName) => {
          const [table, column, key] = {
            entry: ['audit', 'entry', 'id'],
            figures: ['figures', 'figures', 'at'],
            alarm: ['alarms', 'alarm', 'cause'],
            signal: ['signals', 'told', 'cause'],
          }[of];
          await tamper(`UPDATE ${table} SET ${column} = '{}' WHERE ${key} = '${itemName}'`);
        },
        interruptSettleAfter: (step) => {
          broken = step;
        },
      };
    },
    close: async () => {
      await store.close();
      await second?.close();
    },
  };
}
