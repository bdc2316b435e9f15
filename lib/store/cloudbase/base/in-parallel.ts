/**
 * How many requests one call has under way at a time. The pay-as-you-go plan allows an environment 1,000 connections,
 * one per request, so 20 leaves room for the callbacks that arrive while 50 workers run.
 */
const AT_A_TIME = 20;

/**
 * Does the work for each item, a bounded number at a time, and answers the results in order. Rejects as the first that
 * does, but only when nothing is under way any more: a function that has answered is frozen, whatever it was doing.
 */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const waiting = items.entries();
  async function takeTurns(): Promise<void> {
    for (const [index, item] of waiting) results[index] = await work(item);
  }
  const lanes = Array.from({ length: Math.min(AT_A_TIME, items.length) }, takeTurns);
  await Promise.allSettled(lanes);
  await Promise.all(lanes);
  return results;
}
