import { isRecord } from '../../values/json';
import type { ClockDatabase } from '../cloudbase';
import type { Condition, Fields } from '../../store/cloudbase/base/database';

/** The collection the probe makes, fills and empties. It holds nothing of a shop. */
export const SCRATCH = 'wxpay_probe';

/** The database as the probe uses it: as the adapter does, and it makes a collection. */
export interface ProbeDatabase extends ClockDatabase {
  createCollection(name: string): unknown;
}

/** What a request rejected with, as the SDK shows it. */
export interface Said {
  /** The SDK's number (`errCode`), or the platform's text (`code`). */
  readonly code: string;
  /** The SDK's text, at most 300 characters: the scratch documents hold nobody's data. */
  readonly text: string;
}

/** Reads a rejection. */
export function saidBy(error: unknown): Said {
  const read = (key: string): string => {
    const value: unknown = isRecord(error) ? error[key] : undefined;
    return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  };
  return {
    code: read('errCode') || read('code'),
    text: (read('errMsg') || read('message') || String(error)).slice(0, 300),
  };
}

/** Scratch documents, by requests of one each. Every method rejects as the SDK does. */
export interface Scratch {
  add(document: Fields): Promise<void>;
  /** At most `limit` documents; the SDK's default when absent. */
  find(having: Condition, limit?: number): Promise<readonly Fields[]>;
  /** How many the database says it updated. */
  update(having: Condition, data: Fields): Promise<number>;
  count(having: Condition): Promise<number>;
  remove(having: Condition): Promise<void>;
}

/** Scratch documents of one run, told apart by its name. */
export function openScratch(db: ProbeDatabase): Scratch {
  const all = () => db.collection(SCRATCH);
  const number = (answer: unknown, ...path: readonly string[]): number => {
    let value: unknown = answer;
    for (const key of path) value = isRecord(value) ? value[key] : undefined;
    return typeof value === 'number' ? value : NaN;
  };
  return {
    async add(document) {
      await all().add({ data: document });
    },
    async find(having, limit) {
      const query = all().where(having);
      const answer: unknown = await (limit === undefined ? query : query.limit(limit)).get();
      const found = isRecord(answer) ? answer['data'] : undefined;
      return Array.isArray(found) ? found.filter(isRecord) : [];
    },
    update: async (having, data) => number(await all().where(having).update({ data }), 'stats', 'updated'),
    count: async (having) => number(await all().where(having).count(), 'total'),
    async remove(having) {
      await all().where(having).remove();
    },
  };
}
