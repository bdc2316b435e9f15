/** Ages in minutes at which an order without a notification is queried, rising; the last gap is repeated. */
export type AskAfterMinutes = readonly [number, ...number[]];

/** Queries that fall due together are spread over this share of the gap before them. */
export const JITTER = 0.1;

/** A payment whose callback is lost is known within so many minutes (G8). */
export const KNOWN_WITHIN_MINUTES = 10;

/**
 * While an order can be paid it is queried every 8 minutes. With jitter that is 8.8; the timer adds its half minute, the query its 10 s.
 * Longer gaps cost fewer queries: 6 for an order that can be paid for 30 minutes, 32 for 240, 182 for a day.
 */
const DENSE_GAP = 8;

/** After the last moment to pay, in minutes: twice around the hour at which an order that WeChat Pay never saw ends, then seldom. */
const AFTERWARDS = [45, 90, 690, 2_130] as const;

/**
 * The schedule by which every payment of an order is known within 10 minutes, whenever it is made: after 1, 3 and 10 minutes, then every 8
 * minutes past the order's last moment, then seldom. Pure. Every unpaid order costs one query for each entry up to its last moment,
 * and one or two after it.
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
 * The longest time in minutes for which nothing is learned of an order that can be paid, when a timer comes every `timerSeconds`. Pure. A
 * payment just after a query waits for so long.
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
 * The age by which an order has been queried once more after it was `minutes` old, jitter included, in minutes. Pure. Jitter adds up, so
 * an order may still be in the gap before the planned one: then that gap is what it waits for at most.
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
