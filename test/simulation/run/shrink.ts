import type { OrderPlan, Plan } from '../plan/plan';

/** So many smaller plans are tried at most. */
const MOST_TRIES = 600;

/**
 * Shrinks a plan while it still fails: removes events, faults and orders, in halves and then one by
 * one, and simplifies the rest. Returns the smallest found.
 */
export async function shrink(plan: Plan, stillFails: (smaller: Plan) => Promise<boolean>): Promise<Plan> {
  let smallest = plan;
  let tries = 0;
  for (let before: Plan | null = null; before !== smallest && tries < MOST_TRIES;) {
    before = smallest;
    for (const smaller of smallerThan) {
      // Each is asked again of what became of the plan meanwhile.
      for (let at = 0; tries < MOST_TRIES;) {
        const candidate = smaller(smallest, at);
        if (candidate === null) break;
        tries += 1;
        if (await stillFails(candidate)) smallest = candidate;
        else at += 1;
      }
    }
  }
  return smallest;
}

/** The `at`th way to make a plan smaller; null when there are no more. */
type Smaller = (plan: Plan, at: number) => Plan | null;

const smallerThan: readonly Smaller[] = [
  without(
    (plan) => plan.events,
    (plan, events) => ({ ...plan, events }),
  ),
  without(
    (plan) => plan.storeFaults,
    (plan, storeFaults) => ({ ...plan, storeFaults }),
  ),
  without(
    (plan) => plan.callFaults,
    (plan, callFaults) => ({ ...plan, callFaults }),
  ),
  without(
    (plan) => plan.orders,
    (plan, orders) => ({ ...plan, orders }),
  ),
  plainer,
];

/** Leaves out a half of a list, then the quarters, and so on down to single items. */
function without<Item>(
  read: (plan: Plan) => readonly Item[],
  write: (plan: Plan, items: readonly Item[]) => Plan,
): Smaller {
  return (plan, at) => {
    const items = read(plan);
    const cut = cuts(items.length)[at];
    if (cut === undefined) return null;
    return write(plan, [...items.slice(0, cut.from), ...items.slice(cut.to)]);
  };
}

function cuts(length: number): readonly { readonly from: number; readonly to: number }[] {
  const all: { from: number; to: number }[] = [];
  for (let size = length; size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < length; from += size) all.push({ from, to: Math.min(length, from + size) });
  }
  return all;
}

/** Makes one thing what it usually is. */
function plainer(plan: Plan, at: number): Plan | null {
  const [first = 0] = plan.machines;
  const candidates: Plan[] = [
    { ...plan, machines: [first] },
    { ...plan, machines: plan.machines.map(() => 0) },
    { ...plan, refundScript: {} },
    { ...plan, startOfDayMs: 43_200_000 },
    { ...plan, carryOverDays: 1 },
    { ...plan, refundQueries: 'whole' },
    ...plan.orders.flatMap((order) =>
      plainerOrders(order).map((plain) => ({
        ...plan,
        orders: plan.orders.map((one) => (one === order ? plain : one)),
      })),
    ),
  ];
  return candidates.filter((one) => JSON.stringify(one) !== JSON.stringify(plan))[at] ?? null;
}

function plainerOrders(order: OrderPlan): readonly OrderPlan[] {
  const { pay } = order;
  return [
    { ...order, requests: 1 },
    { ...order, asks: [] },
    { ...order, closeAfter: null },
    { ...order, hook: [] },
    { ...order, pay: null },
    ...(pay === null
      ? []
      : [
          { ...order, pay: { ...pay, duplicates: 0, atOnce: 1, delayMs: 0, lose: 0 } },
          { ...order, pay: { ...pay, late: false } },
          { ...order, pay: { ...pay, tooMuch: 0 } },
          { ...order, pay: { ...pay, givenBack: null } },
          ...(pay.givenBack === null
            ? []
            : [{ ...order, pay: { ...pay, givenBack: { ...pay.givenBack, parts: 1 } } }]),
        ]),
  ];
}
