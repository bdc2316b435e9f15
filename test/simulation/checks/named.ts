import type { Discrepancy } from '../../../lib/model/discrepancy';
import { orderOfDiscrepancy } from '../../../lib/model/discrepancy';
import type { BeijingDay } from '../../../lib/values/day';
import type { SubMchId } from '../../../lib/values/ids';
import type { StatementLie } from '../plan/plan';
import { numberOf } from '../world/payers';
import type { World } from '../world/world';

/** The discrepancies about an order. */
export function namedAbout({ state }: World, number: string): readonly Discrepancy[] {
  return [...state.discrepancies.values()].filter((one) => orderOfDiscrepancy(one) === number);
}

/** Whether a statement was to lie so about an order, or about anything when no order is given. */
export function lied({ plan }: World, number: string | null, ...lies: readonly StatementLie[]): boolean {
  return plan.events.some(
    (event) =>
      event.kind === 'statement_lie' &&
      lies.includes(event.lie) &&
      (number === null || ALL_OF_A_DAY.has(event.lie) || numberOf({ n: event.order }) === number),
  );
}

/**
 * Whether the bill of a day, of this merchant or of any, has an unreadable row or proves nothing,
 * according to its report.
 */
export function isUnread({ state }: World, day: BeijingDay, merchant: SubMchId | null = null): boolean {
  return [...state.runs.values()].some(
    ({ day: of, subMchId, work }) =>
      of === day &&
      (merchant === null || subMchId === merchant) &&
      work.state === 'done' &&
      (work.report.outcome === 'corrupt' || work.report.tally.setAside.unreadable !== undefined),
  );
}

/**
 * Whether WeChat Pay was made to say that there is no statement of a day, of this merchant or of
 * any, and was believed.
 */
export function hadNoFile(world: World, day: BeijingDay, merchant: SubMchId | null = null): boolean {
  if (!lied(world, null, 'no_file')) return false;
  return [...world.state.runs.values()].some(
    ({ day: of, subMchId, work }) =>
      of === day &&
      (merchant === null || subMchId === merchant) &&
      work.state === 'done' &&
      work.report.statement === null,
  );
}

/** Lies that spoil a whole statement: a row nobody can read may be the only one. */
const ALL_OF_A_DAY: ReadonlySet<StatementLie> = new Set<StatementLie>([
  'no_file',
  'damaged',
  'unreadable_row',
]);

/** True for a history in which nothing goes wrong with machines, the database and calls. */
export function isCalm(world: World): boolean {
  const { callFaults, events } = world.plan;
  return isStoreCalm(world) && callFaults.length === 0 && events.every(({ kind }) => kind !== 'slow_queries');
}

/**
 * True for a history without faults of machines and the database, whatever calls to WeChat Pay do.
 */
export function isStoreCalm({ plan: { storeFaults, events } }: World): boolean {
  return (
    storeFaults.length === 0 &&
    events.every(({ kind }) => kind !== 'crash' && kind !== 'freeze' && kind !== 'clock')
  );
}
