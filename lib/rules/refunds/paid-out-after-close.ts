import type { Refund } from '../../model/refund';
import type { RefundFact } from '../decision';

/**
 * True for a later fact about a closed refund that does not give its state: it may have been paid
 * out after all. A query of the order says the same for as long as any refund of it was accepted,
 * and nothing of this one. Pure.
 */
export function mayBePaidOut(
  { progress }: Pick<Refund, 'progress'>,
  { content, heardAt, path }: Pick<RefundFact, 'content' | 'heardAt' | 'path'>,
): boolean {
  if (content.refund.state !== 'unknown' || path === 'query') return false;
  return progress.state === 'closed' && heardAt > progress.knownAt;
}
