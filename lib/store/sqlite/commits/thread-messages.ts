import { MessagePort } from 'node:worker_threads';
import type { Instant } from '../../../values/instant';
import { isRecord } from '../../../values/json';
import type { StoreErrorCode } from '../../errors';
import type { LeaseToken } from '../../../model/lease';
import type { SettleResult } from '../../port';
import type { Columns } from '../../rows/columns';
import type { MessageRow } from '../../rows/new-message';
import type { InboxClaim, SettlementRow } from './inbox-writes';
import { trusted } from '../../../values/trusted';

/** A write for the thread. */
export type InboxWrite =
  | { readonly kind: 'record' | 'probe'; readonly row: MessageRow }
  | { readonly kind: 'claim'; readonly request: InboxClaim }
  | {
      readonly kind: 'settle';
      readonly token: LeaseToken;
      readonly now: Instant;
      readonly settlements: readonly SettlementRow[];
    };

/**
 * How a write ended: on disk with its result, or not written. Errors lose their class between
 * threads, so they travel as values.
 */
export type WriteEnd =
  | { readonly kind: 'recorded'; readonly as: 'stored' | 'repeat' }
  | { readonly kind: 'probed' }
  | { readonly kind: 'claimed'; readonly rows: readonly Columns[] }
  | { readonly kind: 'settled'; readonly results: readonly SettleResult[] }
  | {
      readonly kind: 'failed';
      readonly code: StoreErrorCode;
      readonly message: string;
      readonly cause: string | null;
    };

/**
 * Commands to the thread, executed in order. Only one of both sides writes at a time:
 *
 *   thread writes ── lend ──▶ (lent) the other side writes ── takeBack ──▶ thread writes
 */
export type ToThread =
  | { readonly kind: 'write'; readonly writes: readonly InboxWrite[] }
  /** Stop writing and answer `lent`. */
  | { readonly kind: 'lend' }
  | { readonly kind: 'takeBack' }
  /** Finish earlier commands and close the file. */
  | { readonly kind: 'close' };

/** Messages from the thread. */
export type FromThread =
  /** How the oldest unreported writes ended, in the order of their commands. */
  { readonly kind: 'ended'; readonly ends: readonly WriteEnd[] } | { readonly kind: 'lent' };

/** What the thread is started with. */
export interface ThreadData {
  readonly file: string;
  readonly busyTimeoutMs: number;
  readonly port: MessagePort;
  /** Its first number becomes 1 once the file is closed. */
  readonly closed: Int32Array;
}

/** Recognises the start data of our thread. */
export const isThreadData = trusted<ThreadData>(
  (value) => isRecord(value) && value.port instanceof MessagePort && value.closed instanceof Int32Array,
);
