import { errorText } from '../runtime/error-text';
import { StoreError } from '../store/errors';
import type { Store } from '../store/port';
import { dayOf } from '../values/day';
import type { Instant } from '../values/instant';
import { instant, later } from '../values/instant';
import type { Finding } from '../ops/api';
import type { CheckName } from './finding';
import { ill, well } from './finding';

/** A time long before there was anything to find. */
const LONG_AGO = instant(0);

/** A message that is due for longer than this was not looked at, in ms: twenty turns of the timer. */
const UNTOUCHED_MS = 300_000;

/** Figures are kept every five minutes; three of them missing is no hiccup. */
const FIGURES_MS = 1_200_000;

/**
 * Asks every part of the store something cheap, and tells which of them do not answer and what to do; and whether the timers' traces are
 * there. Changes nothing. Never rejects. CloudBase: 13 requests.
 */
export async function examineStore(store: Store, now: Instant): Promise<readonly Finding[]> {
  const page = { after: null, limit: 1 };
  const questions: readonly (readonly [CheckName, () => Promise<unknown>])[] = [
    ['store_inbox', () => store.inbox.list({ ...page, state: 'dead' })],
    ['store_orders', () => store.orders.list(page)],
    ['store_refunds', () => store.refunds.list({ ...page, state: null })],
    ['store_discrepancies', () => store.discrepancies.listOpen({ ...page, now: LONG_AGO })],
    ['store_statement_runs', () => store.statementRuns.list(page)],
    ['store_audit', () => store.audit.list({ ...page, subject: dayOf(LONG_AGO) })],
    ['store_figures', () => store.figures.range(LONG_AGO, instant(1))],
    ['store_alarms', () => store.alarms.all()],
  ];
  const answers = await Promise.all(questions.map(([check, ask]) => examined(check, ask)));
  return [...answers, await timersSeen(store, now), await tokenSeen(store)];
}

async function examined(check: CheckName, ask: () => Promise<unknown>): Promise<Finding> {
  try {
    await ask();
    return well(check, 'answers');
  } catch (error) {
    const misconfigured = error instanceof StoreError && error.code === 'misconfigured';
    const fix = misconfigured
      ? 'make the collection, its indexes and its access rule as docs/deploy.md lists them'
      : 'try again; if it stays so, look at the database’s console and limits';
    return ill(check, 'error', errorText(error), fix);
  }
}

/** Whether the workers run, by what they leave behind. */
async function timersSeen(store: Store, now: Instant): Promise<Finding> {
  try {
    const [{ oldestDueAt }, figures] = await Promise.all([
      store.inbox.backlog(now),
      store.figures.range(later(now, -FIGURES_MS), later(now, 1)),
    ]);
    if (oldestDueAt !== null && now - oldestDueAt > UNTOUCHED_MS) {
      const minutes = Math.floor((now - oldestDueAt) / 60_000);
      return ill(
        'timers',
        'error',
        `a message has been due for ${minutes} min and nobody took it: processInbox does not run, or cannot keep up`,
        'upload the trigger of processInbox with the WeChat developer tools, and look for worker_failed in its log',
      );
    }
    if (figures.length === 0) {
      return ill(
        'timers',
        'warning',
        'no figures were kept for 20 min: watchdog does not run, or was deployed just now',
        'upload the trigger of watchdog with the WeChat developer tools, and look for worker_failed in its log',
      );
    }
    return well('timers', 'the inbox is worked off and figures are kept');
  } catch (error) {
    return ill('timers', 'unknown', errorText(error), 'fix the store first');
  }
}

/** Whether a worker lately met a run without a token: nobody can see that from outside a timer's run. */
async function tokenSeen(store: Store): Promise<Finding> {
  try {
    const signal = (await store.alarms.signals()).find(({ cause }) => cause === 'missing_api_token');
    if (signal === undefined) return well('trigger_token', 'no worker missed its token');
    return ill(
      'trigger_token',
      'error',
      `${signal.detail} had no token for cloud calls`,
      'upload the function’s trigger with the WeChat developer tools: triggers made elsewhere carry no token',
    );
  } catch (error) {
    return ill('trigger_token', 'unknown', errorText(error), 'fix the store first');
  }
}
