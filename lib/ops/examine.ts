import { errorText } from '../runtime/error-text';
import { StoreError } from '../store/errors';
import type { Store } from '../store/port';
import { dayOf } from '../values/day';
import { instant } from '../values/instant';
import type { Finding } from './api';

/** A time long before there was anything to find. */
const LONG_AGO = instant(0);

/**
 * Asks every part of the store something cheap, and tells which of them do not answer and what to do. Changes nothing. Never rejects.
 * CloudBase: about 10 requests.
 */
export async function examineStore(store: Store): Promise<readonly Finding[]> {
  const page = { after: null, limit: 1 };
  const questions: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['inbox', () => store.inbox.list({ ...page, state: 'dead' })],
    ['orders', () => store.orders.list(page)],
    ['refunds', () => store.refunds.list({ ...page, state: null })],
    ['discrepancies', () => store.discrepancies.listOpen({ ...page, now: LONG_AGO })],
    ['statement_runs', () => store.statementRuns.list(page)],
    ['audit', () => store.audit.list({ ...page, subject: dayOf(LONG_AGO) })],
    ['figures', () => store.figures.range(LONG_AGO, instant(1))],
    ['alarms', () => store.alarms.all()],
  ];
  const answers = await Promise.all(questions.map(([part, ask]) => examined(part, ask)));
  return [...answers, await tokenSeen(store)];
}

async function examined(part: string, ask: () => Promise<unknown>): Promise<Finding> {
  const check = `store_${part}`;
  try {
    await ask();
    return { check, level: 'ok', what: 'answers', mend: '' };
  } catch (error) {
    const misconfigured = error instanceof StoreError && error.code === 'misconfigured';
    const mend = misconfigured
      ? 'make the collection, its indexes and its access rule as docs/deploy.md lists them'
      : 'try again; if it stays so, look at the database’s console and limits';
    return { check, level: 'error', what: errorText(error), mend };
  }
}

/** Whether a worker lately met a run without a token: nobody can see that from outside a timer's run. */
async function tokenSeen(store: Store): Promise<Finding> {
  const check = 'trigger_token';
  try {
    const signal = (await store.alarms.signals()).find(({ cause }) => cause === 'missing_api_token');
    if (signal === undefined) return { check, level: 'ok', what: 'no worker missed its token', mend: '' };
    return {
      check,
      level: 'error',
      what: `${signal.detail} had no token for cloud calls`,
      mend: 'upload the function’s trigger with the WeChat developer tools: triggers made elsewhere carry no token',
    };
  } catch (error) {
    return { check, level: 'unknown', what: errorText(error), mend: 'mend the store first' };
  }
}
