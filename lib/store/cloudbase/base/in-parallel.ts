/**
 * How many concurrent requests one call makes. The pay-as-you-go plan allows an environment 1,000
 * connections, one per request, so 20 leaves room for arriving callbacks while 50 workers run.
 */
const AT_A_TIME = 20;

/**
 * Processes each item, a bounded number at a time, and returns the results in order. One failure
 * does not keep the other items back: only the lane it happened in stops, so an outage costs at
 * most 20 failures. Rejects with a failure, but only once no request is running: a function that
 * has answered is frozen, whatever it was doing.
 */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const queue = items.entries();
  async function runLane(): Promise<void> {
    for (const [index, item] of queue) results[index] = await work(item);
  }
  const lanes = Array.from({ length: Math.min(AT_A_TIME, items.length) }, runLane);
  await Promise.allSettled(lanes);
  await Promise.all(lanes);
  return results;
}
