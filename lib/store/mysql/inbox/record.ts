import { createHash } from 'node:crypto';
import type { NewMessage } from '../../../model/message';
import type { StoreError } from '../../errors';
import type { Inbox } from '../../port';
import { reading } from '../../rows/columns';
import { REPEAT_BITS } from '../../rows/message-rows';
import type { MessageRow } from '../../rows/new-message';
import { messageRow } from '../../rows/new-message';
import type { Database, Session } from '../base/database';
import { MysqlError } from '../base/errors';
import type { Value } from '../base/sql';

type Recorded = 'stored' | 'repeat';

/** The most messages in one transaction. */
const GROUP_LIMIT = 200;

/**
 * The most text in one transaction, in characters: a statement must fit the smallest packet, 4 MiB.
 */
const GROUP_TEXT = 500_000;

/**
 * How many groups are written at the same time. While they are, the next messages gather: the
 * slower the server, the larger the groups.
 */
export const GROUPS_AT_ONCE = 2;

/**
 * The most messages that wait to be written. A database that is silent must not fill the memory
 * with what callbacks no longer wait for.
 */
export const WAITING_LIMIT = 10_000;

/**
 * How many messages of a group wait their time for a row each. The rest is refused at once: then
 * all of the table is held, and what waits behind them must be answered.
 */
const LOCKED_AT_MOST = 2;

/** What recording needs of a database. */
type Writes = Database['acks'];

interface Waiting {
  readonly row: MessageRow;
  readonly resolve: (recorded: Recorded) => void;
  readonly reject: (error: StoreError) => void;
}

/**
 * Makes messages durable, many in one transaction: a commit costs a wait for the disk, and for the
 * network, whether it holds one row or two hundred. Each caller is answered after its own commit.
 * Rejects with `overloaded` when `WAITING_LIMIT` messages wait.
 */
export function mysqlRecord(database: Writes): Inbox['record'] {
  const waiting: Waiting[] = [];
  let writing = 0;

  const writeNext = (): void => {
    while (waiting.length > 0 && writing < GROUPS_AT_ONCE) {
      writing += 1;
      void write(takeGroup(waiting)).finally(() => {
        writing -= 1;
        writeNext();
      });
    }
  };

  const write = async (group: readonly Waiting[]): Promise<void> => {
    const failure = await tryToWrite(group);
    if (failure === null) return;
    if (group.length > 1 && failure.kind === 'locked') await writeApart(group, failure);
    else if (group.length > 1 && mayBeOfOne(failure)) for (const one of group) await write([one]);
    else for (const { reject } of group) reject(failure);
  };

  /** Answers a group that is written; otherwise returns why it is not. */
  const tryToWrite = async (group: readonly Waiting[]): Promise<MysqlError | null> => {
    try {
      const recorded = await recordGroup(
        database,
        group.map(({ row }) => row),
      );
      group.forEach(({ resolve }, n) => resolve(recorded[n] ?? 'repeat'));
      return null;
    } catch (error) {
      return error instanceof MysqlError ? error : new MysqlError('refused', 'unavailable', 'failed');
    }
  };

  /**
   * Writes a group of which another transaction holds a row. New messages wait for no row, so they
   * come first, in time for their answers; then each of the others by itself.
   */
  const writeApart = async (group: readonly Waiting[], why: MysqlError): Promise<void> => {
    const known = await knownKeys(database, group).catch(() => new Set<string>());
    const fresh = group.filter(({ row }) => !known.has(row.key));
    // None is known when another server holds a key that it has not committed, or all of the table
    // is held.
    const isSmaller = fresh.length > 0 && fresh.length < group.length;
    if (isSmaller) await write(fresh);
    let locked = 0;
    for (const one of isSmaller ? group.filter(({ row }) => known.has(row.key)) : group) {
      const failure = locked === LOCKED_AT_MOST ? why : await tryToWrite([one]);
      if (failure === null) continue;
      if (failure.kind === 'locked') locked += 1;
      one.reject(failure);
    }
  };

  return (message: NewMessage) =>
    new Promise((resolve, reject) => {
      if (waiting.length >= WAITING_LIMIT) {
        reject(new MysqlError('refused', 'overloaded', TOO_MANY));
        return;
      }
      waiting.push({ row: messageRow(message), resolve, reject });
      // Timers and I/O callbacks of this turn of the event loop come first, and join the group.
      if (waiting.length === 1) setImmediate(writeNext);
    });
}

async function knownKeys(
  database: Pick<Database, 'rows'>,
  group: readonly Waiting[],
): Promise<ReadonlySet<string>> {
  const rows = await database.rows(
    'SELECT message_key FROM inbox WHERE message_key IN (?)',
    group.map(({ row }) => row.key),
  );
  return new Set(rows.map((columns) => reading(columns).text()));
}

const TOO_MANY = 'too many messages wait for the MySQL server: see whether it answers';

/**
 * Whether one message alone may be what the server refused. An error that this adapter does not
 * know is also asked of each message alone: one that a stranger sent must not refuse genuine ones.
 */
function mayBeOfOne({ kind, code }: MysqlError): boolean {
  return code === 'invalid' || code === 'too_large' || (kind === 'refused' && code === 'unavailable');
}

function takeGroup(waiting: Waiting[]): readonly Waiting[] {
  let text = 0;
  const end = waiting.findIndex(({ row }, n) => {
    text += row.content.length + row.raw.length + (row.envelope?.length ?? 0);
    return n === GROUP_LIMIT || (n > 0 && text > GROUP_TEXT);
  });
  return waiting.splice(0, end === -1 ? waiting.length : end);
}

const INSERT = `INSERT INTO inbox (message_key, out_trade_no, trust, state, due_at, confirmed_by, received_at,
    last_delivered_at, believed_payment, named_merchant, vouched_for, content, raw, envelope, history)
  VALUES ?`;

/** Counts a repeat of a row that exists. The bits of a first source are those of the stored row. */
const COUNT_REPEAT = `ON DUPLICATE KEY UPDATE deliveries = deliveries + 1,
    confirmed_by = confirmed_by | (VALUES(confirmed_by) & ${String(REPEAT_BITS)}),
    last_delivered_at = GREATEST(last_delivered_at, VALUES(last_delivered_at))`;

function values(row: MessageRow): readonly Value[] {
  const { key, outTradeNo, trust, receivedAt, believedPayment, namedMerchant, vouchedFor } = row;
  const first = [key, outTradeNo, trust, 'pending', receivedAt, row.firstBits, receivedAt, receivedAt];
  return [...first, believedPayment, namedMerchant, vouchedFor, row.content, row.raw, row.envelope, ''];
}

/**
 * Records messages in one transaction. New ones, nearly always, take one statement, which commits
 * by itself. Everything is done again when it is unknown whether it took effect; the messages then
 * count as repeats, which changes nothing but a count.
 */
async function recordGroup(database: Writes, rows: readonly MessageRow[]): Promise<readonly Recorded[]> {
  // Always in the same order, so that two servers with the same messages wait for each other
  // instead of deadlocking.
  const sorted = [...rows].sort((a, b) => (a.key < b.key ? -1 : 1));
  const areDistinct = sorted.every(({ key }, n) => key !== sorted[n - 1]?.key);
  if (areDistinct && (await isInserted(database, sorted))) return rows.map(() => 'stored');
  return database.transaction((session) => recordWithRepeats(session, rows, sorted), 'do_again');
}

async function isInserted(database: Writes, sorted: readonly MessageRow[]): Promise<boolean> {
  try {
    return await database.insert(INSERT, sorted.map(values));
  } catch (error) {
    if (error instanceof MysqlError && error.kind === 'lost' && error.code === 'unavailable') return false;
    throw error;
  }
}

async function recordWithRepeats(
  session: Session,
  rows: readonly MessageRow[],
  sorted: readonly MessageRow[],
): Promise<readonly Recorded[]> {
  const firsts = sorted.filter(({ key }, n) => key !== sorted[n - 1]?.key);
  const again = sorted.filter(({ key }, n) => key === sorted[n - 1]?.key);
  await session.change(`${INSERT} ${COUNT_REPEAT}`, firsts.map(values));
  const found = await session.rows(
    'SELECT message_key, id, deliveries FROM inbox WHERE message_key IN (?)',
    firsts.map(({ key }) => key),
  );
  const stored = new Map(
    found.map((columns) => {
      const row = reading(columns);
      return [row.text(), { id: row.integer(), isNew: row.integer() === 1 }];
    }),
  );
  // A row that is new in this transaction was delivered once; every other one at least twice.
  const isNew = new Set(firsts.filter(({ key }) => stored.get(key)?.isNew === true));
  for (const row of again) await session.change(`${INSERT} ${COUNT_REPEAT}`, [values(row)]);
  const kept = sorted.flatMap((row) => {
    const id = stored.get(row.key)?.id;
    return isNew.has(row) || !row.keepsRepeat || id === undefined ? [] : [{ id, row }];
  });
  if (kept.length > 0) await keepRepeats(session, kept);
  return rows.map((row) => (isNew.has(row) ? 'stored' : 'repeat'));
}

/** Keeps the contents of repeats for `redelivered`, each content of a message once. */
async function keepRepeats(
  session: Session,
  kept: readonly { readonly id: number; readonly row: MessageRow }[],
): Promise<void> {
  const known = await session.rows(
    'SELECT id, MAX(postponed) FROM inbox_told WHERE id IN (?) GROUP BY id',
    kept.map(({ id }) => id),
  );
  // All contents of a message wait as one: a new one is postponed as often as the others.
  const postponed = new Map(
    known.map((columns) => {
      const row = reading(columns);
      return [row.integer(), row.integer()];
    }),
  );
  await session.change(
    `INSERT INTO inbox_told (id, digest, content, raw, postponed) VALUES ?
     ON DUPLICATE KEY UPDATE raw = VALUES(raw)`,
    kept.map(({ id, row }) => [id, digestOf(row.content), row.content, row.raw, postponed.get(id) ?? 0]),
  );
}

/** What tells the contents of one message apart. */
export function digestOf(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}
