import type { Alarm } from '../../model/alarm';
import type { Figures } from '../../model/figures';
import type { Alarms, FigureHistory } from '../ports/ops-port';
import { MOST_PER_QUERY, modify, removeAll, select, type Database, type Fields } from './base/database';
import { readEach, type Report } from './base/documents';
import { insertOnce } from './base/proofs';
import { alarmDocument, figuresDocument, readAlarm, readFigures, readSignal } from './operation-documents';
import { readShared, sharedId } from './shared-state';
import { signalsOn } from './signals';
import type { CollectionName } from './schema';

const FIGURES: CollectionName = 'wxpay_figures';
const ALARMS: CollectionName = 'wxpay_alarms';

/** Figures over time, on CloudBase. */
export function figuresOn(db: Database, report: Report): FigureHistory {
  const { and, gte, lt } = db.command;
  return {
    async put(figures: Figures) {
      const { _id, ...fields } = figuresDocument(figures);
      await insertOnce(db, FIGURES, { _id, ...fields }, fields);
    },
    async range(from, to) {
      const query = db
        .collection(FIGURES)
        .where(and({ at: gte(from) }, { at: lt(to) }))
        .orderBy('at', 'asc')
        .limit(MOST_PER_QUERY);
      return readEach(await select(FIGURES, query), readFigures, report);
    },
    forgetBefore: (at) => removeAll(FIGURES, db.collection(FIGURES).where({ at: lt(at) })),
  };
}

/** Alarms and signals on CloudBase: one small collection for both. */
export function alarmsOn(db: Database, report: Report): Alarms {
  const stored = (kind: 'alarm' | 'signal') =>
    select(ALARMS, db.collection(ALARMS).where({ kind }).limit(MOST_PER_QUERY));
  return {
    async standing(key, now) {
      const { gt, in: oneOf, or } = db.command;
      const shared = { _id: sharedId(key), expiresAt: gt(now) };
      const query = db.collection(ALARMS).where(or({ kind: oneOf(['alarm', 'signal']) }, shared));
      const found = await select(ALARMS, query.limit(MOST_PER_QUERY));
      const ofKind = (kind: string) => found.filter((one) => one['kind'] === kind);
      const [entry] = ofKind('shared');
      return {
        alarms: readEach(ofKind('alarm'), readAlarm, report),
        signals: readEach(ofKind('signal'), readSignal, report),
        shared: entry === undefined ? null : readShared(entry),
      };
    },
    all: async () => readEach(await stored('alarm'), readAlarm, report),
    async save(alarm: Alarm) {
      const document = alarmDocument(alarm);
      if (alarm.version === 1) return insertOnce(db, ALARMS, document);
      return (await replace(db, ALARMS, { version: alarm.version - 1 }, document)) === 1;
    },
    ...signalsOn(db),
    signals: async () => readEach(await stored('signal'), readSignal, report),
  };
}

/**
 * Writes all fields of an existing document. `writes` makes "matched" and "changed" the same
 * number. 1 request.
 */
async function replace(
  db: Database,
  name: CollectionName,
  having: Fields,
  { _id, ...fields }: Fields,
): Promise<number> {
  return modify(name, db.collection(name).where({ _id, ...having }), {
    ...fields,
    writes: db.command.inc(1),
  });
}
