/**
 * How many concurrent requests one call makes. The pay-as-you-go plan allows an environment 1,000
 * connections, one per request, so 20 leaves room for arriving callbacks while 50 workers run.
 */
const AT_A_TIME = 20;

/**
 * Processes each item, a bounded number at a time, and returns the results in order. Rejects with
 * the first rejection, but only once no other request is running: a function that has answered is
 * frozen, whatever it was doing.
 */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const waiting = items.entries();
  async function lane(): Promise<void> {
    for (const [index, item] of waiting) results[index] = await work(item);
  }
  const lanes = Array.from({ length: Math.min(AT_A_TIME, items.length) }, lane);
  await Promise.allSettled(lanes);
  await Promise.all(lanes);
  return results;
}
