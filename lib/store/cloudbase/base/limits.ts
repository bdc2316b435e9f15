import { StoreError } from '../../errors';
import { MOST_PER_QUERY } from './database';

/**
 * Refuses more than one request can return. Throws `StoreError` `invalid`.
 *
 * Failure policy: fail closed. The database would silently omit the rest, and an omitted order
 * looks like one that does not exist.
 */
export function requireAtMost1000(count: number, what: string): void {
  if (Number.isSafeInteger(count) && count >= 0 && count <= MOST_PER_QUERY) return;
  throw new StoreError('invalid', `At most ${MOST_PER_QUERY} ${what} go into one call; make several.`);
}
