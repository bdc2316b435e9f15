import { errorText } from '../runtime/error-text';
import { StoreError } from '../store/errors';
import type { Store } from '../store/port';
import { dayOf } from '../values/day';
import type { Instant } from '../values/instant';
import { instant, later } from '../values/instant';
import type { Finding } from '../ops/api';
import type { CheckName } from './finding';
import { passed, problem } from './finding';

/** Earlier than anything that is stored. */
const LONG_AGO = instant(0);

/** A message due for longer than this was not claimed, in ms: twenty intervals of the timer. */
const UNTOUCHED_MS = 300_000;

/** Figures are kept every five minutes. Three missing in a row are more than a hiccup. */
const FIGURES_MS = 1_200_000;

/**
 * Makes one cheap request to every part of the store, reports those that do not answer with a fix,
 * and checks whether the timers left traces. Changes nothing. Never rejects. CloudBase: 13
 * requests.
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
    return passed(check, 'answers');
  } catch (error) {
    const misconfigured = error instanceof StoreError && error.code === 'misconfigured';
    const fix = misconfigured
      ? 'npm run cloud -- setup makes the collection, its indexes and its access rule (docs/deploy.md, step 3)'
      : 'try again; if it stays so, look at the database’s console and limits';
    return problem(check, 'error', errorText(error), fix);
  }
}

/** Whether the workers run, judged by the traces they leave. */
async function timersSeen(store: Store, now: Instant): Promise<Finding> {
  try {
    const [{ oldestDueAt }, figures] = await Promise.all([
      store.inbox.backlog(now),
      store.figures.range(later(now, -FIGURES_MS), later(now, 1)),
    ]);
    if (oldestDueAt !== null && now - oldestDueAt > UNTOUCHED_MS) {
      const minutes = Math.floor((now - oldestDueAt) / 60_000);
      return problem(
        'timers',
        'error',
        `a message has been due for ${minutes} min and was not claimed: processInbox does not run, or cannot keep up`,
        'upload the trigger of processInbox with the WeChat developer tools, and look for worker_failed in its log',
      );
    }
    if (figures.length === 0) {
      return problem(
        'timers',
        'warning',
        'no figures were kept for 20 min: watchdog does not run, or was deployed just now',
        'upload the trigger of watchdog with the WeChat developer tools, and look for worker_failed in its log',
      );
    }
    return passed('timers', 'messages are processed and figures are kept');
  } catch (error) {
    return problem('timers', 'unknown', errorText(error), 'fix the store first');
  }
}

/** Whether a worker recently ran without a token. Only a run by a timer can see that. */
async function tokenSeen(store: Store): Promise<Finding> {
  try {
    const signal = (await store.alarms.signals()).find(({ cause }) => cause === 'missing_api_token');
    if (signal === undefined) return passed('trigger_token', 'every worker had its token');
    return problem(
      'trigger_token',
      'error',
      `${signal.detail} had no token for cloud calls`,
      'upload the function’s trigger with the WeChat developer tools: triggers made elsewhere carry no token',
    );
  } catch (error) {
    return problem('trigger_token', 'unknown', errorText(error), 'fix the store first');
  }
}
