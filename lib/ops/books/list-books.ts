import { signOffId } from '../../model/operators/sign-off';
import { dayOf } from '../../values/day';
import { firstDayOf, monthOf, monthsLater, type BeijingMonth } from '../../values/month';
import type { BeijingDay } from '../../values/day';
import type { BooksMonth } from '../books-api';
import type { OpsDeps } from '../deps';

/** How many months are listed. */
const MONTHS = 14;

/** The months with statement runs of every merchant, latest first. CloudBase: 2 requests each. */
export async function listBooks({
  store,
  clock,
  merchants,
}: Pick<OpsDeps, 'store' | 'clock' | 'merchants'>): Promise<readonly BooksMonth[]> {
  const from = firstDayOf(monthsLater(monthOf(dayOf(clock.now())), 1 - MONTHS));
  const lists = await Promise.all(
    merchants.map(async (subMchId): Promise<readonly BooksMonth[]> => {
      const days = await store.statementRuns.daysOf(subMchId, from);
      const months = new Map<BeijingMonth, BeijingDay[]>();
      for (const day of days) months.set(monthOf(day), [...(months.get(monthOf(day)) ?? []), day]);
      const ids = [...days, ...months.keys()].map((period) => signOffId(subMchId, period));
      const signOffs = await store.signOffs.find(ids);
      const signed = new Set(signOffs.flatMap(({ id, amendments }) => (amendments.length === 0 ? id : [])));
      return [...months].map(([month, ofMonth]) => ({
        subMchId,
        month,
        runs: ofMonth.length,
        signedDays: ofMonth.filter((day) => signed.has(signOffId(subMchId, day))).length,
        isSigned: signed.has(signOffId(subMchId, month)),
      }));
    }),
  );
  return lists
    .flat()
    .sort((a, b) =>
      a.month === b.month ? Number(a.subMchId) - Number(b.subMchId) : a.month < b.month ? 1 : -1,
    );
}
