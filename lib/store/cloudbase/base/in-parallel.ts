import { mapConcurrently } from '../../../runtime/concurrency';

/**
 * How many concurrent requests one call makes. The pay-as-you-go plan allows an environment 1,000
 * connections, one per request, so 20 leaves room for arriving callbacks while 50 workers run.
 */
const AT_A_TIME = 20;

/**
 * Processes each item, a bounded number at a time, and returns the results in order. After a
 * failure it starts no more. Rejects with the first failure, but only once no request is running: a
 * function that has answered is frozen, whatever it was doing.
 */
export function inParallel<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  return mapConcurrently(items, AT_A_TIME, work);
}
