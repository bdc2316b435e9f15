import { createHash } from 'node:crypto';
import { CASH_ACCOUNTS } from '../../values/cash-account';
import type { Discrepancy } from '../../model/discrepancy';
import type { Signature } from '../../model/operators/sign-off';
import type { StatementRun } from '../../model/statement/statement-run';
import { canonical } from '../../values/canonical';
import type { BeijingDay } from '../../values/day';
import type { Fen } from '../../values/fen';
import type { Instant } from '../../values/instant';

/** A payment or refund of ours that is dated in a day and that no bill has shown. */
export interface UnseenItem {
  readonly kind: 'payment' | 'refund';
  /** The order number, or the refund number. */
  readonly name: string;
  readonly amount: Fen;
  /** When it was paid, or given back. */
  readonly at: Instant;
}

/** Everything that the books of a day consist of: what a person signs. */
export interface DayBooks {
  readonly run: StatementRun;
  /** The discrepancies that the day's bill showed. */
  readonly found: readonly Discrepancy[];
  readonly unseen: readonly UnseenItem[];
  /** False when there are more of these than are read: then nobody can sign them. */
  readonly isWhole: boolean;
}

/**
 * What has changed since books were signed. `run`: the day was run again or is not done. `found`: a
 * discrepancy that was not there. `resolved`: one that was not resolved. `opened`: one that was
 * carried over and opened. `booked`: a payment or refund dated in the day that entered later.
 * `cash`: the day's fund-flow bills were proved again. `other`: something else.
 */
export const BOOKS_CHANGES = ['run', 'found', 'resolved', 'opened', 'booked', 'cash', 'other'] as const;

/** One change of books, with who or what made it and why, as far as that is stored. */
export interface BooksChange {
  readonly what: (typeof BOOKS_CHANGES)[number];
  readonly day: BeijingDay;
  /** When; null where that is not known. */
  readonly at: Instant | null;
  /** The discrepancy, order or refund; null for the run itself. */
  readonly item: string | null;
  readonly by: string | null;
  readonly reason: string | null;
}

/**
 * Identifies the books of a day as they are now: any change of the run, of a discrepancy or of the
 * payments and refunds dated in it gives another value. When a discrepancy was last seen is left
 * out, because a notification that is delivered again changes no books.
 */
export function digestOfDay({ run, found, unseen }: DayBooks, now: Instant): string {
  const { id, round, work, cash } = run;
  const report =
    work.state === 'done'
      ? { ...work.report, workedMs: 0, file: work.report.file?.sha256 ?? null }
      : work.state;
  return sha256({
    id,
    round,
    report,
    cash: cashOf(cash),
    found: [...found]
      .sort(byName(({ id: name }) => name))
      .map(({ id: name, ours, theirs, opensAt, resolution }) => {
        return { name, ours, theirs, isOpen: opensAt <= now, resolution };
      }),
    unseen: [...unseen].sort(byName(({ name }) => name)),
  });
}

/** What of a day's cash is signed: files and their proof, not how often they were asked for. */
function cashOf(cash: StatementRun['cash']) {
  if (cash === null) return null;
  const files = CASH_ACCOUNTS.flatMap((account) => {
    const held = cash.accounts[account];
    if (held === undefined || held.state === 'waiting') return [];
    return [{ account, state: held.state, file: 'file' in held ? held.file.sha256 : null }];
  });
  const { proof } = cash;
  if (files.length === 0 && proof === null) return null;
  return { files, proof: proof === null ? null : { ...proof, provedAt: 0 } };
}

/** Identifies the books of several days. */
export function digestOfDays(days: readonly (readonly [BeijingDay, string | null])[]): string {
  return sha256(days.map(([day, digest]) => [day, digest]));
}

/**
 * The changes of a day since it was signed, oldest first; asked for only when its digest differs.
 * The digest says that something changed; when each thing happened says what. A change that no time
 * shows, as when a clock is behind, is `other`.
 */
export function changesSince(
  { at: signedAt }: Pick<Signature, 'at'>,
  { run, found, unseen }: DayBooks,
  now: Instant,
): readonly BooksChange[] {
  const { day } = run;
  const known = new Set(found.flatMap(({ subject }) => namesOf(subject)));
  const { work, begunAgainAt } = run;
  const runAt = work.state === 'done' ? work.report.finishedAt : begunAgainAt;
  const outcome = work.state === 'done' ? work.report.outcome : work.state;
  const ofRun: readonly BooksChange[] =
    work.state === 'done' && work.report.finishedAt < signedAt
      ? []
      : [{ what: 'run', day, at: runAt, item: null, by: null, reason: outcome }];
  const ofItems = found.flatMap((one): readonly BooksChange[] => {
    const item = one.id;
    const { resolution, firstSeenAt, opensAt } = one;
    const nobody = { day, item, by: null, reason: null } as const;
    return [
      ...(firstSeenAt >= signedAt ? [{ what: 'found', at: firstSeenAt, ...nobody } as const] : []),
      ...(resolution !== null && resolution.at >= signedAt
        ? [
            {
              what: 'resolved',
              day,
              at: resolution.at,
              item,
              by: resolution.who,
              reason: resolution.reason,
            } as const,
          ]
        : []),
      ...(resolution === null && opensAt > signedAt && opensAt <= now && firstSeenAt < signedAt
        ? [{ what: 'opened', at: opensAt, ...nobody } as const]
        : []),
    ];
  });
  const booked = unseen
    .filter(({ name }) => !known.has(name))
    .map(({ name, at }): BooksChange => ({ what: 'booked', day, at, item: name, by: null, reason: null }));
  const proved = run.cash?.proof?.provedAt ?? null;
  const ofCash: readonly BooksChange[] =
    proved === null || proved < signedAt
      ? []
      : [{ what: 'cash', day, at: proved, item: null, by: null, reason: run.cash?.proof?.result ?? null }];
  const all = [...ofRun, ...ofItems, ...booked, ...ofCash].sort((a, b) => (a.at ?? 0) - (b.at ?? 0));
  if (all.length > 0) return all;
  return [{ what: 'other', day, at: null, item: null, by: null, reason: null }];
}

function namesOf(subject: Discrepancy['subject']): readonly string[] {
  switch (subject.kind) {
    case 'payment':
      return [subject.outTradeNo];
    case 'refund':
      return [subject.outTradeNo, subject.outRefundNo];
    case 'statement':
      return [];
  }
}

function byName<Item>(nameOf: (item: Item) => string): (a: Item, b: Item) => number {
  return (a, b) => {
    const [one, other] = [nameOf(a), nameOf(b)];
    return one < other ? -1 : one > other ? 1 : 0;
  };
}

function sha256(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex');
}
