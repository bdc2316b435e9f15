import type { Envelope } from '../../model/envelope';
import { isOriginCheck } from '../../model/envelope';
import { isRecord, parseJson } from '../../values/json';
import type {
  Content,
  DeathReason,
  DoneOutcome,
  HistoryLine,
  InboxMessage,
  MessageState,
  Source,
  Trust,
} from '../../model/message';
import {
  CONTENT_KINDS,
  DEATH_REASONS,
  DONE_OUTCOMES,
  isInboxKey,
  LINE_PATHS,
  MESSAGE_STATES,
  SOURCES,
  TRUSTS,
} from '../../model/message';
import { isOutTradeNo } from '../../values/ids';
import { MESSAGE_HISTORY_LINES } from '../history';
import { isLeaseToken } from '../../model/lease';
import type { MessageSummary } from '../port';
import { hasKind, isText, isWord, reading } from './columns';
import type { ColumnReader } from './columns';
import type { Columns } from './columns';
import { trusted } from '../../values/trusted';

/**
 * One bit per source: a bitwise or in SQL adds to the set. The numbers are stored and never change.
 * Shifted by `FIRST_SHIFT` they name the first source in the same number, so no bit may equal a
 * shifted bit of another.
 */
const PATH_BITS = {
  callback: 1,
  query: 2,
  close: 4,
  statement: 8,
  refund: 256,
  import: 512,
} as const satisfies Record<Source, number>;

const FIRST_SHIFT = 4;

/** The bit of a message that a callback brought. */
export const CALLBACK_BIT = PATH_BITS.callback;

/** The bits of a first source: itself, in the set and as the first. */
export function firstBits(path: Source): number {
  return PATH_BITS[path] | (PATH_BITS[path] << FIRST_SHIFT);
}

/** The bit that a repeat from this source adds. */
export function bitOf(path: Source): number {
  return PATH_BITS[path];
}

/** All bits that repeats add. */
export const REPEAT_BITS = Object.values(PATH_BITS).reduce((all, bit) => all | bit, 0);

const PATHS_OF_BITS = new Map<number, readonly Source[]>();

/** The sources in stored bits, the first one first. */
export function pathsOf(bits: number): readonly Source[] {
  const known = PATHS_OF_BITS.get(bits);
  if (known !== undefined) return known;
  const isFirst = (path: Source) => (bits & (PATH_BITS[path] << FIRST_SHIFT)) !== 0;
  const paths = [
    ...SOURCES.filter(isFirst),
    ...SOURCES.filter((path) => (bits & PATH_BITS[path]) !== 0 && !isFirst(path)),
  ];
  PATHS_OF_BITS.set(bits, paths);
  return paths;
}

const KINDS: ReadonlySet<string> = new Set(CONTENT_KINDS);
const STATES: ReadonlySet<string> = new Set(MESSAGE_STATES);
const OUTCOMES: ReadonlySet<string> = new Set(DONE_OUTCOMES);
const REASONS: ReadonlySet<string> = new Set(DEATH_REASONS);

/** Recognises the content of a message this adapter stored. */
export const isContent = trusted<Content>((value) => hasKind(value, 'kind', KINDS));

/** Recognises an envelope this adapter stored. */
const isEnvelope = trusted<Envelope>((value) => isRecord(value) && isOriginCheck(value['check']));

/** Recognises a trust. */
export function isTrust(value: unknown): value is Trust {
  return TRUSTS.some((one) => one === value);
}

function isState(value: unknown): value is MessageState {
  return isWord(value, STATES);
}

function isOutcome(value: unknown): value is DoneOutcome {
  return isWord(value, OUTCOMES);
}

function isReason(value: unknown): value is DeathReason {
  return isWord(value, REASONS);
}

const PATHS_OF_LINES: ReadonlySet<string> = new Set(LINE_PATHS);

/** Recognises a history entry this adapter stored. */
export const isHistoryLine = trusted<HistoryLine>((value) => hasKind(value, 'path', PATHS_OF_LINES));

/**
 * The history of `inbox_payload`, without its first entry when it is full, so that one can be
 * appended.
 */
export const HISTORY_WITH_ROOM = `CASE
  WHEN length(history) - length(replace(history, char(10), '')) < ${String(MESSAGE_HISTORY_LINES)} THEN history
  ELSE substr(history, instr(history, char(10)) + 1) END`;

/** The columns `readMessage` reads, in order. */
export const MESSAGE_COLUMNS = `i.key, p.content, i.out_trade_no, i.trust, p.raw, i.received_at, i.last_delivered_at,
  i.deliveries, i.confirmed_by, i.attempts, i.replays, p.history, i.state, i.due_at, i.claim_token, i.lease_until,
  i.finished_at, i.ending, p.last_error, i.claims, i.alone, p.replayed_by, p.envelope`;

/**
 * The content or, where it does not fit, its raw form, so that a person can repair it. Only for
 * reading one complete message; a claim never returns it.
 */
function contentOf(text: string): Content {
  const content = parseJson(text);
  if (isContent(content)) return content;
  return { kind: 'unusable', reason: 'stored_unreadable', problems: [text], outTradeNo: null, digest: '' };
}

/** A complete message from `MESSAGE_COLUMNS`. */
export function readMessage(columns: Columns): InboxMessage {
  const row = reading(columns);
  const counters = reading(columns.slice(-4));
  const base = {
    key: row.as(isInboxKey),
    content: contentOf(row.text()),
    outTradeNo: row.asOrNull(isOutTradeNo),
    trust: row.as(isTrust),
    raw: row.json(isText),
    receivedAt: row.instant(),
    lastDeliveredAt: row.instant(),
    deliveries: row.integer(),
    confirmedBy: pathsOf(row.integer()),
    attempts: row.integer(),
    claims: counters.integer(),
    alone: counters.integer() === 1,
    replayedBy: counters.jsonOrNull(isText),
    envelope: counters.jsonOrNull(isEnvelope),
    replays: row.integer(),
    history: row.lines(isHistoryLine),
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

/** The columns `readSummary` reads, in order. */
export const SUMMARY_COLUMNS =
  'key, out_trade_no, state, trust, attempts, claims, alone, deliveries, received_at';

/** A summary from `SUMMARY_COLUMNS`. */
export function readSummary(columns: Columns): MessageSummary {
  const row = reading(columns);
  return {
    key: row.as(isInboxKey),
    outTradeNo: row.asOrNull(isOutTradeNo),
    state: row.as(isState),
    trust: row.as(isTrust),
    attempts: row.integer(),
    claims: row.integer(),
    alone: row.integer() === 1,
    deliveries: row.integer(),
    receivedAt: row.instant(),
  };
}
