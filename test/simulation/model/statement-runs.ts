import type { StatementRun } from '../../../lib/model/statement/statement-run';
import type { Instant } from '../../../lib/values/instant';
import { begunAgain } from '../../../lib/store/history';
import type { StatementRuns } from '../../../lib/store/ports/statement-runs-port';
import type { ModelState, Step } from './state';
import { listedPageOf, pageOf } from './state';

function isDueAt({ work, dueAt, lease }: StatementRun, now: Instant): boolean {
  return work.state !== 'done' && dueAt <= now && (lease === null || lease.until <= now);
}

/** The statement runs of a model store. */
export function modelStatementRuns(state: ModelState, step: Step): StatementRuns {
  const runs = (): StatementRun[] => [...state.runs.values()];
  return {
    open: (run) =>
      step('runs.open', () => {
        if (state.runs.has(run.id)) return 'exists' as const;
        state.runs.set(run.id, run);
        return 'created' as const;
      }),
    isDue: (now) => step('runs.isDue', () => runs().some((run) => isDueAt(run, now))),
    claim: ({ token, now, leaseUntil }) =>
      step('runs.claim', () => {
        const [due] = runs()
          .filter((run) => isDueAt(run, now))
          .sort((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0));
        if (due === undefined) return null;
        const claimed = { ...due, attempts: due.attempts + 1, lease: { token, until: leaseUntil } };
        state.runs.set(due.id, claimed);
        return claimed;
      }),
    save: (token, now, run) =>
      step('runs.save', () => {
        const found = state.runs.get(run.id);
        if (found?.lease?.token !== token || found.lease.until <= now) return false;
        state.runs.set(run.id, { ...run, cash: found.cash });
        return true;
      }),
    saveCash: (id, expected, cash) =>
      step('runs.saveCash', () => {
        const found = state.runs.get(id);
        if (found === undefined || (found.cash?.version ?? 0) !== expected) return false;
        state.runs.set(id, { ...found, cash });
        return true;
      }),
    again: (id, who, now, given) =>
      step('runs.again', () => {
        const found = state.runs.get(id);
        if (found?.work.state !== 'done') return null;
        const next = begunAgain(found, who, now, given);
        state.runs.set(id, next);
        return next.round;
      }),
    find: (id) => step('runs.find', () => state.runs.get(id) ?? null),
    daysOf: (subMchId, from) =>
      step('runs.daysOf', () =>
        runs()
          .filter((run) => run.subMchId === subMchId && run.day >= from)
          .map((run) => run.day),
      ),
    list: (query) =>
      step('runs.list', () =>
        listedPageOf(runs(), ({ day, id }) => ({ at: Number(day), name: id }), -1, query),
      ),
    doneBefore: ({ before, ...page }) =>
      step('runs.doneBefore', () =>
        pageOf(
          runs().filter(({ day, work }) => day < before && work.state === 'done'),
          ({ day, id }) => ({ at: Number(day), name: id }),
          1,
          page,
        ),
      ),
    remove: (id, round) =>
      step('runs.remove', () => {
        const found = state.runs.get(id);
        return found?.work.state === 'done' && found.round === round && state.runs.delete(id);
      }),
  };
}
