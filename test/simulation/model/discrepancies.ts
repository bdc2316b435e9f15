import type {
  Discrepancy,
  DiscrepancyClass,
  DiscrepancyId,
  Resolution,
} from '../../../lib/model/discrepancy';
import { DISCREPANCY_CLASSES, isOpen, orderOfDiscrepancy } from '../../../lib/model/discrepancy';
import type { Discrepancies } from '../../../lib/store/ports/discrepancies-port';
import type { ModelState, Step } from './state';
import { listedPageOf } from './state';

/** The discrepancies of a model store. */
export function modelDiscrepancies(state: ModelState, step: Step): Discrepancies {
  const all = (): Discrepancy[] => [...state.discrepancies.values()];
  const keyOf = ({ lastSeenAt, id }: Discrepancy) => ({ at: lastSeenAt, name: id });
  return {
    see: (found) => step('discrepancies.see', () => see(state, found)),
    listOpen: (query) =>
      step('discrepancies.listOpen', () =>
        listedPageOf(
          all().filter((one) => isOpen(one, query.now) && (query.class ?? one.class) === one.class),
          keyOf,
          -1,
          query,
        ),
      ),
    listUnresolved: (query) =>
      step('discrepancies.listUnresolved', () =>
        listedPageOf(
          all().filter((one) => one.resolution === null),
          keyOf,
          -1,
          query,
        ),
      ),
    listCarriedOver: (query) =>
      step('discrepancies.listCarriedOver', () =>
        listedPageOf(
          all().filter(
            (one) =>
              one.resolution === null && one.opensAt > query.now && (query.class ?? one.class) === one.class,
          ),
          ({ opensAt, id }: Discrepancy) => ({ at: opensAt, name: id }),
          1,
          query,
        ),
      ),
    listResolved: (query) =>
      step('discrepancies.listResolved', () =>
        listedPageOf(
          all().filter((one) => one.resolution !== null && (query.class ?? one.class) === one.class),
          keyOf,
          -1,
          query,
        ),
      ),
    listOfRun: (query) =>
      step('discrepancies.listOfRun', () =>
        listedPageOf(
          all().filter((one) => one.statementRun === query.run),
          keyOf,
          -1,
          query,
        ),
      ),
    find: (id) => step('discrepancies.find', () => state.discrepancies.get(id) ?? null),
    ofOrder: (outTradeNo) =>
      step('discrepancies.ofOrder', () => all().filter((one) => orderOfDiscrepancy(one) === outTradeNo)),
    resolve: (ids, resolution) => step('discrepancies.resolve', () => resolve(state, ids, resolution)),
    countResolvedBy: (who) =>
      step('discrepancies.countResolvedBy', () => all().filter((one) => one.resolution?.who === who).length),
    countOpen: (now) => step('discrepancies.countOpen', () => all().filter((one) => isOpen(one, now)).length),
    countOpenByClass: (now) =>
      step('discrepancies.countOpenByClass', () => {
        const counts: Partial<Record<DiscrepancyClass, number>> = {};
        for (const of of DISCREPANCY_CLASSES) {
          const count = all().filter((one) => one.class === of && isOpen(one, now)).length;
          if (count > 0) counts[of] = count;
        }
        return counts;
      }),
  };
}

/** As `Discrepancies.see`. */
export function see(state: ModelState, found: readonly Discrepancy[]): void {
  for (const one of found) {
    const known = state.discrepancies.get(one.id);
    const lastSeenAt =
      known !== undefined && known.lastSeenAt > one.lastSeenAt ? known.lastSeenAt : one.lastSeenAt;
    const statementRun = one.statementRun ?? known?.statementRun ?? null;
    state.discrepancies.set(one.id, { ...(known ?? one), statementRun, lastSeenAt });
  }
}

/** Ends the unresolved ones among these. */
export function resolve(state: ModelState, ids: readonly DiscrepancyId[], resolution: Resolution): number {
  let count = 0;
  for (const id of ids) {
    const found = state.discrepancies.get(id);
    if (found === undefined || found.resolution !== null) continue;
    state.discrepancies.set(id, { ...found, resolution });
    count += 1;
  }
  return count;
}
