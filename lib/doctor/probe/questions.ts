import { classify, mayMeanTaken } from '../../store/cloudbase/base/errors';
import type { Clock } from '../../values/instant';
import type { Said, Scratch, ProbeDatabase } from './scratch';
import { saidBy } from './scratch';

/*
 * The questions about the platform that its documentation leaves open, each asked on scratch
 * documents. docs/probe.md says for each what the product assumes and does when it is otherwise.
 */

/** What every question is asked with. */
export interface Asking {
  readonly db: ProbeDatabase;
  readonly scratch: Scratch;
  readonly clock: Clock;
  /** The name of this run: the first field of every scratch document. */
  readonly run: string;
  /** Runs of a minute must end: ask no more when this is true. */
  readonly isOver: () => boolean;
  readonly pause: (ms: number) => Promise<void>;
}

/** A read that missed a write is repeated this often, in ms: the lag is known no better. */
const READ_EVERY_MS = 20;

/** A passing failure looks like a duplicate; one that is refused this often is none. */
const ADDED_AGAIN = 3;

/**
 * What happens to an `add` under an `_id` that exists, and whether the first document is kept.
 * Rejects when it was refused for something else, such as load: that says nothing of duplicates,
 * and going live depends on this answer. A refusal counts only if it comes each time, and another
 * `_id` is taken right after.
 */
export async function duplicateId({ scratch, run }: Asking) {
  const _id = `${run}:twice`;
  await scratch.add({ _id, run, is: 'first' });
  let refusal: Said | null = null;
  for (let times = 0; times < ADDED_AGAIN; times += 1) {
    refusal = await refusalOfDuplicate(() => scratch.add({ _id, run, is: 'second' }));
    if (refusal === null) break;
  }
  await scratch.add({ _id: `${run}:once`, run });
  // By a write: a read may show the document as it was.
  const isKept = (await scratch.update({ _id, is: 'first' }, { is: 'first, still' })) === 1;
  return { refusal, isKept };
}

async function refusalOfDuplicate(add: () => Promise<void>): Promise<Said | null> {
  try {
    await add();
    return null;
  } catch (error) {
    if (!mayMeanTaken(error)) throw error;
    return saidBy(error);
  }
}

/** How many of these reads missed the write before them, and the longest time one did. */
export async function writeThenRead({ scratch, clock, run, isOver, pause }: Asking) {
  let missed = 0;
  let longestMs = 0;
  let tries = 0;
  for (; tries < 20 && !isOver(); tries += 1) {
    const _id = `${run}:read:${tries}`;
    await scratch.add({ _id, run });
    const written = clock.now();
    let seen = (await scratch.find({ _id }, 1)).length > 0;
    if (seen) continue;
    missed += 1;
    while (!seen && clock.now() - written < 3_000) {
      await pause(READ_EVERY_MS);
      seen = (await scratch.find({ _id }, 1)).length > 0;
    }
    longestMs = Math.max(longestMs, clock.now() - written);
  }
  return { tries, missed, longestMs };
}

/** Ten updates under the same condition at the same time: exactly one may win. */
export async function racingUpdates({ scratch, run }: Asking) {
  const _id = `${run}:race`;
  await scratch.add({ _id, run, holder: '' });
  const claims = Array.from({ length: 10 }, (_, n) =>
    scratch.update({ _id, holder: '' }, { holder: `h${n}` }),
  );
  const counts = await Promise.all(claims);
  return { winners: counts.reduce((sum, count) => sum + count, 0) };
}

/** Whether an update that changes nothing counts: `matched` if it does, else `modified`. */
export async function updateCount({ scratch, run }: Asking) {
  const _id = `${run}:same`;
  await scratch.add({ _id, run, value: 1 });
  const counted = await scratch.update({ _id }, { value: 1 });
  return { counts: counted === 0 ? ('modified' as const) : ('matched' as const) };
}

/** One update of a hundred documents: how many it says it changed, and how many it did. */
export async function updateOfMany({ scratch, run }: Asking) {
  await addMany({ scratch, run }, 'many', 100);
  const said = await scratch.update({ run, kind: 'many' }, { done: true });
  return { said, changed: await scratch.count({ run, kind: 'many', done: true }) };
}

/** How many documents a query without a limit returns, and one with the largest limit. */
export async function limitsOfQueries({ scratch, run }: Asking) {
  await addMany({ scratch, run }, 'page', 150);
  const having = { run, kind: 'page' };
  return {
    without: (await scratch.find(having)).length,
    withMost: (await scratch.find(having, 1_000)).length,
  };
}

/** Which lengths and characters of an `_id` are taken. The longest of ours has 200 bytes. */
export async function idsTaken({ scratch, run }: Asking) {
  const odd = ['payment:T1:4200', 'a/b', '中文', 'a b', '$a', 'a.b'];
  const refused: string[] = [];
  for (const text of odd) {
    if (await refusalOf(() => scratch.add({ _id: `${text}:${run}`, run }))) refused.push(text);
  }
  let longest = 0;
  for (const bytes of [64, 128, 200, 512, 1_024]) {
    if (await refusalOf(() => scratch.add({ _id: `${run}:`.padEnd(bytes, 'x'), run }))) break;
    longest = bytes;
  }
  return { refused, longest };
}

/** Whether a key that starts with `$` can be stored. */
export async function dollarKeys({ scratch, run }: Asking) {
  return { refusal: await refusalOf(() => scratch.add({ _id: `${run}:dollar`, run, $key: 1 })) };
}

/** The largest of these sizes, in KB, that is stored and read again, and the next one's refusal. */
export async function documentSizes({ scratch, run, isOver }: Asking) {
  let largestKb = 0;
  let refusal: Said | null = null;
  for (const kb of [64, 512, 900, 1_100, 4_096]) {
    if (isOver()) break;
    const _id = `${run}:size:${kb}`;
    refusal = await refusalOf(async () => {
      await scratch.add({ _id, run, text: 'x'.repeat(kb * 1_024) });
      await scratch.find({ _id }, 1);
    });
    if (refusal !== null) break;
    largestKb = kb;
  }
  return { largestKb, refusal };
}

/** The database's clock beside this function's, in ms; positive when the database is ahead. */
export async function clocks({ db, scratch, clock, run }: Asking) {
  const _id = `${run}:clock`;
  const sent = clock.now();
  await scratch.add({ _id, run, at: db.serverDate() });
  const heard = clock.now();
  const [found] = await scratch.find({ _id }, 1);
  const at: unknown = found?.['at'];
  return {
    aheadMs: at instanceof Date ? at.getTime() - Math.round((sent + heard) / 2) : null,
    tripMs: heard - sent,
  };
}

/** How many requests the load test makes at a time, step by step. */
export const AT_ONCE = [5, 10, 20, 50, 100, 200] as const;

/** How many requests were made at the same time before one was refused, with their times. */
export async function parallelRequests({ scratch, clock, run, isOver }: Asking) {
  const steps: {
    readonly at: number;
    readonly medianMs: number;
    readonly slowestMs: number;
    readonly refused: number;
  }[] = [];
  let refusal: Said | null = null;
  for (const at of AT_ONCE) {
    if (isOver()) break;
    const times: number[] = [];
    let refused = 0;
    const one = async (): Promise<void> => {
      const begun = clock.now();
      try {
        await scratch.find({ run, kind: 'none' }, 1);
        times.push(clock.now() - begun);
      } catch (error) {
        refused += 1;
        refusal = saidBy(error);
      }
    };
    await Promise.all(Array.from({ length: at }, one));
    times.sort((a, b) => a - b);
    const medianMs = times[Math.floor(times.length / 2)] ?? 0;
    steps.push({ at, medianMs, slowestMs: times.at(-1) ?? 0, refused });
    if (refused > 0) break;
  }
  return { steps, refusal };
}

async function addMany({ scratch, run }: Pick<Asking, 'scratch' | 'run'>, kind: string, count: number) {
  for (let from = 0; from < count; from += 10) {
    const part = Array.from({ length: 10 }, (_, n) =>
      scratch.add({ _id: `${run}:${kind}:${from + n}`, run, kind, done: false }),
    );
    await Promise.all(part);
  }
}

/** The refusal of this request. Rejects when it was refused for load, whatever it asks. */
async function refusalOf(request: () => Promise<unknown>): Promise<Said | null> {
  try {
    await request();
    return null;
  } catch (error) {
    if (classify(error) === 'overloaded') throw error;
    return saidBy(error);
  }
}
