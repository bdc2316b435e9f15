import type { MoneySum } from '../../../model/operators/today';
import { daysLater, startOf, type BeijingDay } from '../../../values/day';
import { fen } from '../../../values/fen';
import type { BookedPart } from '../../requests';
import { sums, type Database, type Fields } from '../base/database';
import type { CollectionName } from '../schema';

/**
 * Counts what a collection has of a day, and of it what bears the mark of another day's bill. The
 * first reads an index alone. The second reads the few documents it counts: the index of what is
 * absent goes by mark first. Rejects with `StoreError`. 2 requests, 1 for a day without any.
 */
export async function bookedOf(
  db: Database,
  collection: CollectionName,
  day: BeijingDay,
  having: Fields,
  { at, adding }: { readonly at: string; readonly adding: string },
): Promise<BookedPart> {
  const { and, gte, lt, nin } = db.command;
  const ofDay = [having, { [at]: gte(startOf(day)) }, { [at]: lt(startOf(daysLater(day, 1))) }];
  const summed = async (...conditions: readonly Fields[]) =>
    (await sums(db, collection, and(...conditions), { adding, by: null })).get(null) ?? NOTHING;
  const all = await summed(...ofDay);
  const otherDays = all.count === 0 ? NOTHING : await summed(...ofDay, { statementDay: nin(['', day]) });
  return { all, otherDays, next: null };
}

const NOTHING: MoneySum = { count: 0, total: fen(0) };
