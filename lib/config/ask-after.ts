/**
 * Ages in minutes at which an order without a notification is queried, ascending. The last gap
 * repeats.
 */
export type AskAfterMinutes = readonly [number, ...number[]];

/** Queries that fall due together are spread over this share of the gap before them. */
export const JITTER = 0.1;

/** A payment whose callback is lost is known within this many minutes (G8). */
export const KNOWN_WITHIN_MINUTES = 10;

/**
 * While an order can be paid it is queried every 7 minutes. Jitter makes that 7.7, the timer adds
 * two minutes and the query up to 10 s. A gap of 8 with a timer of a minute is as soon, but costs
 * an idle shop in the cloud 43,200 calls a month more, and saves queries only of orders that can be
 * paid for hours: it is 6 for an order payable for 30 minutes with both, 36 for 240 minutes (32),
 * 208 for a day (182).
 */
export const DENSE_GAP = 7;

/**
 * Ages after the payment deadline, in minutes: twice around the hour at which an order that WeChat
 * Pay never saw is closed, then seldom.
 */
const AFTERWARDS = [45, 90, 690, 2_130] as const;

/**
 * The schedule by which every payment of an order is known within 10 minutes: after 1, 3 and 10
 * minutes, then every 7 minutes until past the payment deadline, then seldom. Pure. Every unpaid
 * order costs one query per entry up to its deadline, and one or two after it.
 */
export function derivedAskAfter(payableMinutes: number): AskAfterMinutes {
  const dense: number[] = [];
  for (let age = 10; dense.length === 0 || age - DENSE_GAP <= payableMinutes; age += DENSE_GAP)
    dense.push(age);
  const last = dense.at(-1) ?? 10;
  const afterwards = AFTERWARDS.map((minutes) => payableMinutes + minutes).filter((age) => age > last);
  return [1, 3, ...dense, ...afterwards];
}

/**
 * The longest time in minutes without a query while an order can be paid, given a timer that runs
 * every `timerSeconds`. A payment made just after a query waits this long. Pure.
 */
export function longestSilence(
  askAfterMinutes: AskAfterMinutes,
  payableMinutes: number,
  timerSeconds: number,
): number {
  const gaps = askAfterMinutes.map((age, n) => ({ from: n === 0 ? 0 : (askAfterMinutes[n - 1] ?? 0), age }));
  const last = gaps.at(-1);
  const repeats = last !== undefined && last.age < payableMinutes ? [{ from: last.from, age: last.age }] : [];
  const longest = [...gaps.filter(({ from }) => from < payableMinutes), ...repeats].reduce(
    (most, { from, age }) => Math.max(most, age - from),
    0,
  );
  return longest * (1 + JITTER) + timerSeconds / 60;
}

/**
 * The latest age, in minutes, at which an order has been queried once more after it was `minutes`
 * old, jitter included. Jitter adds up, so an order may still be in the gap before the planned one;
 * it then waits for that gap at most. Pure.
 */
export function firstAskAfter(askAfterMinutes: AskAfterMinutes, minutes: number): number {
  const last = askAfterMinutes.at(-1) ?? askAfterMinutes[0];
  const repeated = last - (askAfterMinutes.at(-2) ?? 0);
  const planned =
    askAfterMinutes.find((age) => age > minutes) ??
    last + repeated * (Math.floor((minutes - last) / repeated) + 1);
  const gaps = askAfterMinutes.flatMap((age, n) => {
    const from = n === 0 ? 0 : (askAfterMinutes[n - 1] ?? 0);
    return from <= minutes && age >= minutes / (1 + JITTER) ? [age - from] : [];
  });
  const longest = Math.max(...gaps, last <= minutes ? repeated : 0);
  return Math.min(planned * (1 + JITTER), minutes + longest * (1 + JITTER));
}
