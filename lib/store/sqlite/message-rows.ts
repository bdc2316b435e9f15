import type {
  Content,
  DeathReason,
  DoneOutcome,
  HistoryEntry,
  InboxMessage,
  MessageState,
  Path,
  Trust,
} from '../../inbox/message';
import { isInboxKey } from '../../inbox/message';
import { isOutTradeNo } from '../../values/ids';
import { isLeaseToken } from '../lease';
import type { MessageSummary } from '../port';
import { hasKind, isText, reading } from './columns';
import type { ColumnReader } from './columns';
import type { Columns } from './connection';

/** One bit each: a set of paths grows by a bitwise or in SQL. The numbers are stored and never change. */
const PATH_BITS = { callback: 1, query: 2, close: 4, statement: 8 } as const satisfies Record<Path, number>;
const PATHS = ['callback', 'query', 'close', 'statement'] as const satisfies readonly Path[];

/** How far the path that was heard first stands above the set of all: it is kept beside them in one number. */
const FIRST_SHIFT = 4;

/** What is stored when a path is the first: itself, in the set and as the first. */
export function firstBits(path: Path): number {
  return PATH_BITS[path] | (PATH_BITS[path] << FIRST_SHIFT);
}

/** The bit that a repeat by this path adds. */
export function bitOf(path: Path): number {
  return PATH_BITS[path];
}

/** The paths of stored bits, the first heard before the others. */
export function pathsOf(bits: number): readonly Path[] {
  const isFirst = (path: Path) => bits >> FIRST_SHIFT === PATH_BITS[path];
  return [
    ...PATHS.filter(isFirst),
    ...PATHS.filter((path) => (bits & PATH_BITS[path]) !== 0 && !isFirst(path)),
  ];
}

const CONTENT_KINDS: ReadonlySet<string> = new Set(['payment', 'closure', 'refund', 'unusable']);
const STATES: ReadonlySet<unknown> = new Set<MessageState>(['pending', 'done', 'dead']);
const OUTCOMES: ReadonlySet<unknown> = new Set<DoneOutcome>([
  'applied',
  'repeat',
  'superseded',
  'confirmed_by_query',
]);
const REASONS: ReadonlySet<unknown> = new Set<DeathReason>([
  'unusable_notification',
  'refunds_not_supported',
  'order_never_appeared',
  'mismatch',
  'not_confirmed_by_query',
  'too_many_attempts',
  'operator',
]);

/** Knows the content of a message this adapter stored. */
export function isContent(value: unknown): value is Content {
  return hasKind(value, 'kind', CONTENT_KINDS);
}

/** Knows a trust. */
export function isTrust(value: unknown): value is Trust {
  return value === 'platform' || value === 'unverified';
}

function isState(value: unknown): value is MessageState {
  return STATES.has(value);
}

function isOutcome(value: unknown): value is DoneOutcome {
  return OUTCOMES.has(value);
}

function isReason(value: unknown): value is DeathReason {
  return REASONS.has(value);
}

const ENTRY_PATHS: ReadonlySet<string> = new Set([...PATHS, 'payer', 'worker', 'operator']);

/** Knows a line of history this adapter stored. */
export function isHistoryEntry(value: unknown): value is HistoryEntry {
  return hasKind(value, 'path', ENTRY_PATHS);
}

/** What `readMessage` reads, in its order. */
export const MESSAGE_COLUMNS = `i.key, p.content, i.out_trade_no, i.trust, p.raw, i.received_at, i.last_delivered_at,
  i.deliveries, i.confirmed_by, i.attempts, i.replays, p.history, i.state, i.due_at, i.claim_token, i.lease_until,
  i.finished_at, i.ending, p.last_error`;

/** A whole message from `MESSAGE_COLUMNS`. */
export function readMessage(columns: Columns): InboxMessage {
  const row = reading(columns);
  const base = {
    key: row.as(isInboxKey),
    content: row.json(isContent),
    outTradeNo: row.asOrNull(isOutTradeNo),
    trust: row.as(isTrust),
    raw: row.json(isText),
    receivedAt: row.instant(),
    lastDeliveredAt: row.instant(),
    deliveries: row.integer(),
    confirmedBy: pathsOf(row.integer()),
    attempts: row.integer(),
    replays: row.integer(),
    history: row.lines(isHistoryEntry),
  };
  const state = row.as(isState);
  switch (state) {
    case 'pending':
      return { ...base, state, ...readWaiting(row) };
    case 'done':
      row.skip(3);
      return { ...base, state, finishedAt: row.instant(), outcome: row.as(isOutcome) };
    case 'dead':
      row.skip(3);
      return {
        ...base,
        state,
        finishedAt: row.instant(),
        reason: row.as(isReason),
        lastError: row.jsonOrNull(isText),
      };
  }
}

function readWaiting(
  row: ColumnReader,
): Pick<InboxMessage & { state: 'pending' }, 'dueAt' | 'lease' | 'lastError'> {
  const dueAt = row.instant();
  const token = row.asOrNull(isLeaseToken);
  const until = row.instantOrNull();
  row.skip(2);
  return {
    dueAt,
    lease: token === null || until === null ? null : { token, until },
    lastError: row.jsonOrNull(isText),
  };
}

/** What `readSummary` reads, in its order. */
export const SUMMARY_COLUMNS = 'key, out_trade_no, state, trust, attempts, deliveries, received_at';

/** A summary from `SUMMARY_COLUMNS`. */
export function readSummary(columns: Columns): MessageSummary {
  const row = reading(columns);
  return {
    key: row.as(isInboxKey),
    outTradeNo: row.asOrNull(isOutTradeNo),
    state: row.as(isState),
    trust: row.as(isTrust),
    attempts: row.integer(),
    deliveries: row.integer(),
    receivedAt: row.instant(),
  };
}
