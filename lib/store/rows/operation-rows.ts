import type { Alarm, Signal } from '../../model/alarm';
import type { AuditEntry } from '../../model/operators/audit';
import type { Figures } from '../../model/figures';
import { isRecord } from '../../values/json';
import { trusted } from '../../values/trusted';
import type { Page } from '../requests';
import type { Columns } from './columns';
import { reading } from './columns';
import { pageOf } from './cursor';
import { placeOf, readEach } from './unreadable';

const isEntry = trusted<AuditEntry>((value) => isRecord(value) && typeof value.action === 'string');

const isFigures = trusted<Figures>((value) => isRecord(value) && typeof value.spanMs === 'number');

const isAlarm = trusted<Alarm>(
  (value) => isRecord(value) && typeof value.cause === 'string' && typeof value.version === 'number',
);

const isSignal = trusted<Signal>(
  (value) => isRecord(value) && typeof value.cause === 'string' && typeof value.lastSeenAt === 'number',
);

/*
 * Rows with one column of JSON each. Failure policy: fail open. One that cannot be read is left
 * out: an alarm must not silence the others, nor an entry hide the audit log.
 */

/** The readable entries of the audit log from their column `entry`. */
export function readEntries(rows: readonly Columns[]): readonly AuditEntry[] {
  return readEach(rows, (row) => reading(row).json(isEntry));
}

/** The columns of a list of audit entries. */
export const LISTED_ENTRY_COLUMNS = 'entry, at, id';

/** Cuts a page from rows of `LISTED_ENTRY_COLUMNS`, of which one more was read than fits. */
export function entryPage(rows: readonly Columns[], limit: number): Page<AuditEntry> {
  const { items, next } = pageOf(rows, limit, placeOf);
  return { items: readEntries(items), next };
}

/** The readable figures from their column `figures`. */
export function readFigures(rows: readonly Columns[]): readonly Figures[] {
  return readEach(rows, (row) => reading(row).json(isFigures));
}

/** The readable alarms from their column `alarm`. */
export function readAlarms(rows: readonly Columns[]): readonly Alarm[] {
  return readEach(rows, (row) => reading(row).json(isAlarm));
}

/** The readable signals from their column. */
export function readSignals(rows: readonly Columns[]): readonly Signal[] {
  return readEach(rows, (row) => reading(row).json(isSignal));
}
