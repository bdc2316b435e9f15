import type { AlarmCause, Signal } from '../../model/alarm';
import type { Alarms } from '../ports/ops-port';
import type { Database, Fields } from './base/database';
import { modify, removeAll } from './base/database';
import { insertOnce } from './base/proofs';
import type { CollectionName } from './schema';

const ALARMS: CollectionName = 'wxpay_alarms';

/**
 * Raising and lowering signals on CloudBase, in a file of its own: callbacks do both, and their
 * bundle contains nothing else of the alarms.
 */
export function signalsOn(db: Database): Pick<Alarms, 'raise' | 'lower'> {
  return {
    async raise(signal) {
      const { _id, ...fields } = signalDocument(signal);
      // `writes` makes "matched" and "changed" the same number.
      const change = { ...fields, writes: db.command.inc(1) };
      const replaced = await modify(ALARMS, db.collection(ALARMS).where({ _id }), change);
      if (replaced === 0) await insertOnce(db, ALARMS, { _id, ...fields });
    },
    async lower(cause, detail) {
      await removeAll(ALARMS, db.collection(ALARMS).where({ _id: nameOf(cause), detail }));
    },
  };
}

function signalDocument(signal: Signal): Fields {
  return { _id: nameOf(signal.cause), kind: 'signal', ...signal };
}

function nameOf(cause: AlarmCause): string {
  return `signal:${cause}`;
}
