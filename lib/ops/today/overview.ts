import type { Person } from '../../model/operators/principal';
import { permissionsOf } from '../../model/operators/principal';
import { standingPauses } from '../../store/pauses';
import { later } from '../../values/instant';
import type { OpsOperations, OpsReply } from '../api';
import { countWaiting } from '../people/approvals';
import type { OpsDeps } from '../deps';
import { measureFigures } from './figures-now';
import { standingIssues } from '../running/issues';
import { refused } from '../refused';
import { thinned } from './thin-figures';
import { moneyToday } from './today';
import { runLine } from '../lists/views';
import { failedOrders, NONE_FAILED } from '../watch/failed-orders';
import { lateQuery } from '../watch/observe';

/** The longest span of a chart, in ms: 40 days, slightly more than figures are kept. */
const LONGEST_SPAN_MS = 40 * 86_400_000;

/**
 * As many points as a chart has room for. 40 days of single figures would exceed a function's
 * answer.
 */
const POINTS = 500;

/** The span of the figures in an overview, in ms. */
const OVERVIEW_SPAN_MS = 3_600_000;

/** Whether money in equals goods out, the money of today, and what needs attention. */
export async function overview(deps: OpsDeps, by: Person): Promise<OpsReply<'overview'>> {
  const now = deps.clock.now();
  const [figures, today, late, alarms, runs, waitingApprovals, pauses] = await Promise.all([
    measureFigures(deps.store, now, OVERVIEW_SPAN_MS),
    moneyToday(deps),
    deps.store.orders.countLate(lateQuery(deps.lateness, now)),
    deps.store.alarms.all(),
    deps.store.statementRuns.list({ after: null, limit: 10 }),
    countWaiting(deps),
    standingPauses(deps),
  ]);
  const hasFailed = figures.orders.fulfilment.dead > 0;
  return {
    ok: true,
    now,
    you: by,
    may: permissionsOf(by.role),
    figures,
    today,
    late,
    failed: hasFailed ? await failedOrders(deps.store) : NONE_FAILED,
    alarms,
    waitingApprovals,
    pauses: pauses.all,
    issues: await standingIssues(deps, alarms),
    runs: runs.items.map(runLine),
  };
}

/** Figures over time, thinned for a chart. */
export async function history(
  deps: OpsDeps,
  _by: Person,
  { from, to, points = POINTS }: OpsOperations['history']['params'],
): Promise<OpsReply<'history'>> {
  if (to <= from || to - from > LONGEST_SPAN_MS) {
    return refused('BAD_INPUT', 'ask for a span of at most 40 days, from before to');
  }
  const figures = [];
  for (let begin = from; begin < to;) {
    const some = await deps.store.figures.range(begin, to);
    figures.push(...some);
    const last = some.at(-1);
    if (some.length < 1000 || last === undefined) break;
    begin = later(last.at, 1);
  }
  return { ok: true, figures: thinned(figures, points) };
}
