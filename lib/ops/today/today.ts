import type { DayMoney, MoneySum, Today } from '../../model/operators/today';
import type { SharedEntry, SharedState } from '../../runtime/shared-state';
import type { Store } from '../../store/port';
import type { MoneySpan } from '../../store/requests';
import type { BeijingDay } from '../../values/day';
import { dayOf, daysLater, isBeijingDay, startOf } from '../../values/day';
import { fen, isFen } from '../../values/fen';
import type { SubMchId } from '../../values/ids';
import type { Clock, Instant } from '../../values/instant';
import { isInstant, later } from '../../values/instant';
import { isJson, isRecord, parseJson } from '../../values/json';
import { StoreError } from '../../store/errors';

/*
 * The money of today against yesterday and a week ago. Nothing is counted while payments arrive:
 *
 *   00:00 ───── full hours ─────▶ 14:00 ── this hour ──▶ 14:23
 *          one sum, kept and added up      added up when
 *          again now and then              somebody looks
 *
 * Both parts read an index of the payments of their span alone. What is kept is shared by all
 * processes, so many who look cost as much as one.
 */

/** What adding up needs. */
export interface TodayDeps {
  readonly store: {
    readonly orders: Pick<Store['orders'], 'paidBetween' | 'stuckBetween'>;
    readonly refunds: Pick<Store['refunds'], 'succeededBetween'>;
    readonly shared: SharedState;
  };
  readonly clock: Clock;
  readonly merchants: readonly SubMchId[];
}

const KEY = 'today';
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** An answer is given again for this long, in ms. */
const FRESH_MS = 60_000;

/**
 * Full hours are added up again after this long, in ms: a payment that a query finds later belongs
 * to the hour in which it was made.
 */
const HOURS_FRESH_MS = 600_000;

/** The sums of a day's full hours. */
interface FullHours {
  readonly day: BeijingDay;
  /** The end of the last full hour. */
  readonly until: Instant;
  readonly paid: MoneySum;
  readonly refunded: MoneySum;
  readonly summedAt: Instant;
}

interface Kept {
  readonly today: Today;
  readonly hours: readonly FullHours[];
}

/**
 * The money of today until now, and until this time of day yesterday and a week ago; at most
 * `FRESH_MS` old. CloudBase: 1 request; once a minute 11 more, and 6 more when full hours are added
 * up.
 *
 * Failure policy: fail open for what is kept: without it, or where it cannot be read or written,
 * everything is added up. Rejects with a `StoreError` when the store does not add up.
 */
export async function moneyToday(deps: TodayDeps): Promise<Today> {
  const now = deps.clock.now();
  const entry = await entryOf(deps, now);
  const kept = keptIn(entry?.value);
  if (kept !== null && isFresh(kept.today, now)) return kept.today;
  const day = dayOf(now);
  const sinceMidnight = now - startOf(day);
  const days = [day, daysLater(day, -1), daysLater(day, -7)];
  const added = await Promise.all(days.map((one) => moneyOf(deps, one, sinceMidnight, now, kept)));
  const [today, yesterday, lastWeek] = added.map(({ money }) => money);
  if (today === undefined || yesterday === undefined || lastWeek === undefined)
    throw new RangeError('three days were added up');
  const answer: Today = { asOf: now, today, yesterday, lastWeek };
  await keep(deps, entry?.version ?? null, { today: answer, hours: added.map(({ hours }) => hours) }, now);
  return answer;
}

async function entryOf({ store }: TodayDeps, now: Instant): Promise<SharedEntry | null> {
  try {
    return await store.shared.read(KEY, now);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return null;
  }
}

/** Whether an answer may be given again: a clock that was set back does not keep it for hours. */
function isFresh({ asOf, today }: Today, now: Instant): boolean {
  return asOf <= now && now - asOf < FRESH_MS && today.day === dayOf(now);
}

async function moneyOf(
  deps: TodayDeps,
  day: BeijingDay,
  sinceMidnight: number,
  now: Instant,
  kept: Kept | null,
): Promise<{ readonly money: DayMoney; readonly hours: FullHours }> {
  const begin = startOf(day);
  const until = later(begin, Math.floor(sinceMidnight / HOUR_MS) * HOUR_MS);
  const end = later(begin, sinceMidnight);
  const known = kept?.hours.find((one) => isUsable(one, day, until, now));
  const [full, rest, { held, dead }] = await Promise.all([
    known ?? sumsOf(deps, { from: begin, to: until }),
    sumsOf(deps, { from: until, to: end }),
    deps.store.orders.stuckBetween({ from: begin, to: end }),
  ]);
  const { paid, refunded } = full;
  return {
    money: {
      day,
      paid: together(paid, rest.paid),
      refunded: together(refunded, rest.refunded),
      held,
      failed: dead,
    },
    hours: known ?? { day, until, paid, refunded, summedAt: now },
  };
}

function isUsable(kept: FullHours, day: BeijingDay, until: Instant, now: Instant): boolean {
  const isSame = kept.day === day && kept.until === until;
  return isSame && kept.summedAt <= now && now - kept.summedAt < HOURS_FRESH_MS;
}

const NOTHING: MoneySum = { count: 0, total: fen(0) };

async function sumsOf({ store, merchants }: TodayDeps, span: MoneySpan) {
  if (span.to <= span.from) return { paid: NOTHING, refunded: NOTHING };
  const [paid, refunded] = await Promise.all([
    store.orders.paidBetween({ merchants, ...span }),
    store.refunds.succeededBetween({ merchants, ...span }),
  ]);
  return { paid, refunded };
}

function together(one: MoneySum, other: MoneySum): MoneySum {
  return { count: one.count + other.count, total: fen(one.total + other.total) };
}

async function keep(
  { store }: TodayDeps,
  version: number | null,
  { today, hours }: Kept,
  now: Instant,
): Promise<void> {
  const value = parseJson(JSON.stringify({ today, hours }));
  if (!isJson(value)) return;
  try {
    await store.shared.write({ key: KEY, version, value, expiresAt: later(now, DAY_MS), now });
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
  }
}

function keptIn(value: unknown): Kept | null {
  if (!isRecord(value)) return null;
  const { today, hours } = value;
  return isToday(today) && Array.isArray(hours) && hours.every(isFullHours) ? { today, hours } : null;
}

function isToday(value: unknown): value is Today {
  return (
    isRecord(value) &&
    isInstant(value['asOf']) &&
    ['today', 'yesterday', 'lastWeek'].every((name) => isDayMoney(value[name]))
  );
}

function isDayMoney(value: unknown): value is DayMoney {
  return (
    isRecord(value) &&
    isBeijingDay(value['day']) &&
    ['paid', 'refunded', 'held', 'failed'].every((name) => isSum(value[name]))
  );
}

function isFullHours(value: unknown): value is FullHours {
  return (
    isRecord(value) &&
    isBeijingDay(value['day']) &&
    isInstant(value['until']) &&
    isInstant(value['summedAt']) &&
    isSum(value['paid']) &&
    isSum(value['refunded'])
  );
}

function isSum(value: unknown): value is MoneySum {
  return isRecord(value) && Number.isSafeInteger(value['count']) && isFen(value['total']);
}
