import { MessagePort } from 'node:worker_threads';
import type { Instant } from '../../../values/instant';
import { isRecord } from '../../../values/json';
import type { StoreErrorCode } from '../../errors';
import type { LeaseToken } from '../../../model/lease';
import type { SettleResult } from '../../port';
import type { Columns } from '../base/connection';
import type { InboxClaim, MessageRow, SettlementRow } from './inbox-writes';

/** A write that the thread does. */
export type InboxWrite =
  | { readonly kind: 'record' | 'probe'; readonly row: MessageRow }
  | { readonly kind: 'claim'; readonly request: InboxClaim }
  | {
      readonly kind: 'settle';
      readonly token: LeaseToken;
      readonly now: Instant;
      readonly settlements: readonly SettlementRow[];
    };

/** How a write ended: on disk with its answer, or not written. Errors lose their class on the way, so that they go as values. */
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
 * What the thread is told, and does in this order. One of both writes at a time, and only that one:
 *
 *   thread writes ── lend ──▶ (lent) the other one writes ── takeBack ──▶ thread writes
 */
export type ToThread =
  | { readonly kind: 'write'; readonly writes: readonly InboxWrite[] }
  /** Stop writing and say `lent`. */
  | { readonly kind: 'lend' }
  | { readonly kind: 'takeBack' }
  /** Do what was told before, and let go of the file. */
  | { readonly kind: 'close' };

/** What the thread says. */
export type FromThread =
  /** How the oldest writes ended that have not been told of yet, in the order they were told. */
  { readonly kind: 'ended'; readonly ends: readonly WriteEnd[] } | { readonly kind: 'lent' };

/** What the thread is started with. */
export interface ThreadData {
  readonly file: string;
  readonly busyTimeoutMs: number;
  readonly port: MessagePort;
  /** Its first number becomes 1 when the file was let go of. */
  readonly closed: Int32Array;
}

/** Knows what a thread of ours is started with. */
export function isThreadData(value: unknown): value is ThreadData {
  return isRecord(value) && value.port instanceof MessagePort && value.closed instanceof Int32Array;
}
