import { playHistory, type StoreName } from '../history';
import { drawPlan } from '../plan/draw';
import type { Plan } from '../plan/plan';
import { shrink } from './shrink';

/** Lines of a trace that are shown of a long one. */
const SHOWN = 400;

/**
 * Prints the history of a seed that broke a rule: its plan, shrunk while it still does, and what
 * happened.
 */
export async function failureReport(seed: number, store: StoreName): Promise<string> {
  const plan = drawPlan(seed);
  const { violation } = await playHistory(plan, { store });
  if (violation === null) return `seed ${seed} breaks no rule`;
  const smallest = await shrink(plan, async (smaller) => {
    const again = await playHistory(smaller, { store });
    return again.violation?.rule === violation.rule;
  });
  const { violation: left, trace } = await playHistory(smallest, { traced: true, store });
  return [
    `seed ${seed}: ${violation.detail}`,
    `made smaller: ${left?.detail ?? ''}`,
    planText(smallest),
    ...(trace.length > SHOWN ? [`… ${trace.length - SHOWN} lines before`] : []),
    ...trace.slice(-SHOWN).map((line) => line.slice(0, 400)),
    `again: npm run simulate -- --seed ${seed} --store ${store} --trace`,
  ].join('\n');
}

/** A plan, one thing to a line. */
export function planText(plan: Plan): string {
  const lists = ['orders', 'events', 'storeFaults', 'callFaults'] as const;
  const rest = Object.fromEntries(
    Object.entries(plan).filter(([name]) => !lists.some((one) => one === name)),
  );
  return [
    JSON.stringify(rest),
    ...lists.flatMap((name) => plan[name].map((one) => `  ${name}: ${JSON.stringify(one)}`)),
  ].join('\n');
}
