import type { BeijingDay } from '../../values/day';
import type { Fen } from '../../values/fen';
import type { Instant } from '../../values/instant';

/** How many, and what they come to. */
export interface MoneySum {
  readonly count: number;
  readonly total: Fen;
}

/** The money of a day until one time of day. */
export interface DayMoney {
  readonly day: BeijingDay;
  /** Order amounts paid, by WeChat Pay's time. */
  readonly paid: MoneySum;
  /** Refunds that succeeded. */
  readonly refunded: MoneySum;
  /** Of what was paid: orders whose fulfilment is held, or has failed, now. */
  readonly held: MoneySum;
  readonly failed: MoneySum;
}

/** The money of today in Beijing, and until this time of day yesterday and a week ago. */
export interface Today {
  /** When it was added up: nothing later is in it. */
  readonly asOf: Instant;
  readonly today: DayMoney;
  readonly yesterday: DayMoney;
  readonly lastWeek: DayMoney;
}
