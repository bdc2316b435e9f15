import type { DayCash } from '../../../model/statement/cash';
import type { GivenBill, StatementRun } from '../../../model/statement/statement-run';
import type { StatementRunId } from '../../../model/statement/statement-run-id';
import type { BeijingDay } from '../../../values/day';
import { isBeijingDay, startOf } from '../../../values/day';
import type { SubMchId } from '../../../values/ids';
import type { Instant } from '../../../values/instant';
import { begunAgain } from '../../history';
import type { LeaseToken } from '../../../model/lease';
import type { ClaimRequest } from '../../requests';
import type { StatementRuns } from '../../ports/statement-runs-port';
import {
  MOST_PER_QUERY,
  modify,
  removeAll,
  select,
  type Database,
  type Fields,
  type Query,
} from '../base/database';
import { readEach, type Report } from '../base/documents';
import { readListedPage, readPage } from '../base/pages';
import { insertOnce } from '../base/proofs';
import { cashFields, progressOf, readRun, runDocument } from './run-document';
import type { CollectionName } from '../schema';

const RUNS: CollectionName = 'wxpay_statement_runs';

/** The statement runs of a Store on CloudBase. */
export function statementRunsOn(db: Database, report: Report): StatementRuns {
  return {
    open: (run) => open(db, run),
    isDue: async (now) =>
      (await select(RUNS, db.collection(RUNS).where(claimableAt(db, now)).limit(1).field({ _id: true })))
        .length > 0,
    claim: (request) => claim(db, report, request),
    save: (token, now, run) => save(db, token, now, run),
    saveCash: (id, expected, cash) => saveCash(db, id, expected, cash),
    again: (id, who, now, given) => again(db, id, who, now, given),
    find: (id) => find(db, id),
    daysOf: (subMchId, from) => daysOf(db, subMchId, from),
    list: (query) =>
      readListedPage(db, report, {
        collection: RUNS,
        having: {},
        sortedBy: 'dayBegins',
        read: readRun,
        ...query,
      }),
    doneBefore: ({ before, ...page }) =>
      readPage(db, report, {
        collection: RUNS,
        having: { state: 'done' },
        span: { from: 0, to: startOf(before) },
        sortedBy: 'dayBegins',
        direction: 'asc',
        read: readRun,
        ...page,
      }),
    remove: async (id, round) =>
      (await removeAll(RUNS, db.collection(RUNS).where({ _id: id, round, state: 'done' }))) === 1,
  };
}

async function open(db: Database, run: StatementRun): Promise<'created' | 'exists'> {
  return (await insertOnce(db, RUNS, runDocument(run))) ? 'created' : 'exists';
}

/**
 * How many runs a claim reads at once. Each is tried only when the ones before it are unreadable or
 * were taken meanwhile; it reads on only when none of them can be read.
 */
const CANDIDATES = 20;

/** What can be claimed, as a condition. */
function claimableAt(db: Database, now: Instant): Fields {
  const { lte, in: oneOf } = db.command;
  return { state: oneOf(['waiting', 'matching']), dueAt: lte(now), leaseUntil: lte(now) };
}

/**
 * Reads due runs and leases the first, if `attempts` and `round` are still as read, because every
 * claim raises one or both. Otherwise a run that another worker took and returned in between would
 * continue from an old checkpoint.
 *
 * Failure policy: fail open. A run whose document does not fit is reported and skipped: the other
 * days must not wait for it.
 */
async function claim(
  db: Database,
  report: Report,
  request: Omit<ClaimRequest, 'limit'>,
): Promise<StatementRun | null> {
  const { inc } = db.command;
  const { token, now, leaseUntil } = request;
  const claimable = claimableAt(db, now);
  const due = db.collection(RUNS).where(claimable).orderBy('dayBegins', 'asc').orderBy('_id', 'asc');
  for (const run of await firstReadable(due, report)) {
    const { id, round, attempts } = run;
    const asItWasRead = db.collection(RUNS).where({ ...claimable, _id: id, round, attempts });
    const lease = { leaseToken: token, leaseUntil, attempts: inc(1), writes: inc(1) };
    if ((await modify(RUNS, asItWasRead, lease)) === 1) {
      return { ...run, attempts: attempts + 1, lease: { token, until: leaseUntil } };
    }
  }
  return null;
}

/** The first runs of which one can be read at all. 1 request, and 1 for each page without any. */
async function firstReadable(due: Query, report: Report): Promise<readonly StatementRun[]> {
  for (let skipped = 0; ; skipped += CANDIDATES) {
    const found = await select(RUNS, due.skip(skipped).limit(CANDIDATES));
    const runs = readEach(found, readRun, report);
    if (runs.length > 0 || found.length < CANDIDATES) return runs;
  }
}

/** `writes` increments, so that a save that changes nothing else still counts as a change. */
async function save(db: Database, token: LeaseToken, now: Instant, run: StatementRun): Promise<boolean> {
  const { gt, inc } = db.command;
  const held = db.collection(RUNS).where({ _id: run.id, leaseToken: token, leaseUntil: gt(now) });
  return (await modify(RUNS, held, { ...changes(db, run), writes: inc(1) })) === 1;
}

/** Documents of earlier versions have none of these fields. */
async function saveCash(db: Database, id: StatementRunId, expected: number, cash: DayCash): Promise<boolean> {
  const standing = expected === 0 ? { hasCash: db.command.neq(true) } : { cashVersion: expected };
  const stored = db.collection(RUNS).where({ _id: id, ...standing });
  return (await modify(RUNS, stored, cashFields(cash))) === 1;
}

async function again(
  db: Database,
  id: StatementRunId,
  who: string,
  now: Instant,
  given: GivenBill | undefined,
): Promise<number | null> {
  const run = await find(db, id);
  if (run?.work.state !== 'done') return null;
  const done = db.collection(RUNS).where({ _id: id, state: 'done', round: run.round });
  const next = begunAgain(run, who, now, given);
  return (await modify(RUNS, done, changes(db, next))) === 1 ? next.round : null;
}

function changes(db: Database, run: StatementRun): Fields {
  const { history, ...rest } = progressOf(run);
  return { ...rest, history: db.command.set(history) };
}

async function find(db: Database, id: StatementRunId): Promise<StatementRun | null> {
  const [found] = await select(RUNS, db.collection(RUNS).where({ _id: id }));
  return found === undefined ? null : readRun(found);
}

async function daysOf(db: Database, subMchId: SubMchId, from: BeijingDay): Promise<readonly BeijingDay[]> {
  const query = db
    .collection(RUNS)
    .where({ subMchId, dayBegins: db.command.gte(startOf(from)) })
    .orderBy('dayBegins', 'asc')
    .limit(MOST_PER_QUERY)
    .field({ day: true });
  return (await select(RUNS, query)).map(({ day }) => day).filter(isBeijingDay);
}
