import type { ClaimedMessage } from '../../model/message';
import { CLAIMS_BEFORE_ALONE, isInboxKey } from '../../model/message';
import { isOutTradeNo } from '../../values/ids';
import { StoreError } from '../errors';
import type { Columns } from './columns';
import { reading } from './columns';
import { isContent, isTrust, pathsOf } from './message-rows';

/**
 * The columns `readClaimed` reads, in order: of `inbox i`, and the content of `payload`. `key` is
 * the name of the key's column.
 */
export function claimedColumns(payload: 'i' | 'p', key: 'key' | 'message_key' = 'key'): string {
  return `i.id, i.${key}, ${payload}.content, i.out_trade_no, i.trust, i.confirmed_by, i.received_at, i.attempts,
  i.replays, i.claims, i.due_at`;
}

/** The positions of these in a row of `claimedColumns`. */
const CLAIMS_COLUMN = 9;
const DUE_AT_COLUMN = 10;

/** True for a row that was claimed so often without an outcome that it must be claimed alone. */
export function isSuspect(row: Columns): boolean {
  return Number(row[CLAIMS_COLUMN]) >= CLAIMS_BEFORE_ALONE;
}

/** The rows that are due first, of two lists. */
export function oldest(
  some: readonly Columns[],
  more: readonly Columns[],
  limit: number,
): readonly Columns[] {
  if (more.length === 0) return some;
  const dueAt = (row: Columns): number => Number(row[DUE_AT_COLUMN]);
  return [...some, ...more].sort((a, b) => dueAt(a) - dueAt(b)).slice(0, limit);
}

/**
 * A claimed message from `claimedColumns`, which were read before the lease was written; counts
 * this claim.
 */
export function readClaimed(columns: Columns): ClaimedMessage {
  const row = reading(columns);
  row.skip(1);
  return {
    key: row.as(isInboxKey),
    content: row.json(isContent),
    outTradeNo: row.asOrNull(isOutTradeNo),
    trust: row.as(isTrust),
    confirmedBy: pathsOf(row.integer()),
    receivedAt: row.instant(),
    attempts: row.integer(),
    replays: row.integer(),
    claims: row.integer() + 1,
  };
}

/**
 * The readable messages, and the row numbers of the unreadable ones: these must not reject the
 * claim of the others.
 */
export function readApart(rows: readonly Columns[]): {
  readonly read: readonly ClaimedMessage[];
  readonly unreadable: readonly number[];
} {
  const unreadable: number[] = [];
  const read = rows.flatMap((row) => {
    try {
      return [readClaimed(row)];
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      unreadable.push(Number(row[0]));
      return [];
    }
  });
  return { read, unreadable };
}

/** What an operator reads about an unreadable message. */
export const UNREADABLE_MESSAGE = 'the stored message does not fit this version: repair it, then replay it';
