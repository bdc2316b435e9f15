import type { Discrepancy } from '../../model/discrepancy';
import type { StatementRun } from '../../model/statement/statement-run';
import { statementRunId } from '../../model/statement/statement-run-id';
import { mapConcurrently } from '../../runtime/concurrency';
import type { DayBooks, UnseenItem } from '../../statement/books/day-books';
import type { Store } from '../../store/port';
import type { BeijingDay } from '../../values/day';
import type { SubMchId } from '../../values/ids';

/** How many days are read at a time. */
const AT_ONCE = 4;

/** How many pages of 1,000 are read of each kind of item. */
const PAGES = 20;

type Reader = Pick<Store, 'statementRuns' | 'discrepancies' | 'orders' | 'refunds'>;

/**
 * The books of these days that have a run. CloudBase: 4 requests a day, more with more than 1,000
 * items of a kind.
 */
export async function readBooks(
  store: Reader,
  subMchId: SubMchId,
  days: readonly BeijingDay[],
): Promise<ReadonlyMap<BeijingDay, DayBooks>> {
  const books = new Map<BeijingDay, DayBooks>();
  await mapConcurrently(days, AT_ONCE, async (day) => {
    const run = await store.statementRuns.find(statementRunId(subMchId, day));
    if (run !== null) books.set(day, await readDay(store, run));
  });
  return books;
}

/** The discrepancies that the bills of these days showed. CloudBase: 1 request a day. */
export async function readFound(
  store: Pick<Store, 'discrepancies'>,
  subMchId: SubMchId,
  days: readonly BeijingDay[],
): Promise<readonly { readonly day: BeijingDay; readonly found: readonly Discrepancy[] }[]> {
  const all: { day: BeijingDay; found: readonly Discrepancy[] }[] = [];
  await mapConcurrently(days, AT_ONCE, async (day) => {
    const found = await foundIn(store, statementRunId(subMchId, day));
    all.push({ day, found: found.items });
  });
  return all.sort((a, b) => (a.day < b.day ? -1 : 1));
}

async function readDay(store: Reader, run: StatementRun): Promise<DayBooks> {
  const { subMchId, day, round } = run;
  const [found, payments, refunds] = await Promise.all([
    foundIn(store, run.id),
    allPages((after) => store.orders.absent({ subMchId, day, round, after, limit: 1000 })),
    allPages((after) => store.refunds.absent({ subMchId, day, round, after, limit: 1000 })),
  ]);
  const unseen = [
    ...payments.items.flatMap(({ outTradeNo, total, payment }): readonly UnseenItem[] =>
      payment.state === 'paid'
        ? [{ kind: 'payment', name: outTradeNo, amount: total, at: payment.paidAt }]
        : [],
    ),
    ...refunds.items.flatMap(({ outRefundNo, amount, progress }): readonly UnseenItem[] =>
      progress.state === 'succeeded'
        ? [{ kind: 'refund', name: outRefundNo, amount, at: progress.succeededAt ?? progress.knownAt }]
        : [],
    ),
  ];
  const isWhole = [found, payments, refunds].every((one) => one.isWhole);
  return { run, found: found.items, unseen, isWhole };
}

function foundIn({ discrepancies }: Pick<Store, 'discrepancies'>, run: StatementRun['id']) {
  return allPages((after) => discrepancies.listOfRun({ run, after, limit: 1000 }));
}

async function allPages<Item>(
  read: (after: string | null) => Promise<{ readonly items: readonly Item[]; readonly next: string | null }>,
): Promise<{ readonly items: readonly Item[]; readonly isWhole: boolean }> {
  const items: Item[] = [];
  let after: string | null = null;
  for (let page = 0; page < PAGES; page += 1) {
    const one = await read(after);
    items.push(...one.items);
    after = one.next;
    if (after === null) return { items, isWhole: true };
  }
  return { items, isWhole: false };
}
