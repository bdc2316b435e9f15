import { z } from 'zod';
import type { StatementMark } from '../../../model/statement/statement-mark';
import type { BeijingDay } from '../../../values/day';
import { modify, type Database, type Fields } from '../base/database';
import { countField, dayField } from '../base/documents';
import { requireAtMost1000 } from '../base/limits';
import type { CollectionName } from '../schema';

/**
 * A bill's mark is three plain fields, '' and 0 for none: an object that may be null cannot be
 * compared field by field, and an update below null fails.
 */
export const markShape = {
  statementDay: z.union([z.literal(''), dayField]),
  statementRound: countField,
  statementChunk: countField,
};

/** The mark as it was read. */
export function readMark(stored: {
  readonly statementDay: BeijingDay | '';
  readonly statementRound: number;
  readonly statementChunk: number;
}): StatementMark | null {
  const { statementDay: day, statementRound: round, statementChunk: chunk } = stored;
  return day === '' ? null : { day, round, chunk };
}

/** The mark as it is stored. */
export function markFields(mark: StatementMark | null): Fields {
  return {
    statementDay: mark?.day ?? '',
    statementRound: mark?.round ?? 0,
    statementChunk: mark?.chunk ?? 0,
  };
}

/**
 * Items without a mark, or with one of an earlier round over this day. These are single values and
 * no ranges, so that one index returns them sorted by the next field, and a day whose payments were
 * all found costs nothing. (MongoDB accepts up to 200 such combinations: 100 rounds over one day.
 * Beyond that it sorts itself.)
 */
export function notMarkedIn(db: Database, day: BeijingDay, round: number): Fields {
  return {
    statementDay: db.command.in(['', day]),
    statementRound: db.command.in(Array.from({ length: round }, (_, earlier) => earlier)),
  };
}

/**
 * Marks the documents with these ids, replacing any mark. Rejects with `StoreError`. 1 request, 0
 * for no ids.
 */
export async function markAll(
  db: Database,
  collection: CollectionName,
  ids: readonly string[],
  mark: StatementMark,
): Promise<void> {
  requireAtMost1000(ids.length, 'marks');
  if (ids.length === 0) return;
  const marked = db.collection(collection).where({ _id: db.command.in([...ids]) });
  await modify(collection, marked, markFields(mark));
}
