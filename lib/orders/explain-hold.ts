import type { Order } from '../model/order';
import { heldDiscrepancy } from '../rules/hold';
import { errorText } from '../runtime/error-text';
import type { Log } from '../runtime/log';
import type { FulfilmentFinish } from '../store/fulfilment-finish';
import type { ResolveHoldsDeps } from './resolve-holds';
import { resolveHolds } from './resolve-holds';

/**
 * Resolves the discrepancies of holds that have ended. An order that was claimed before may have
 * one of a hold that its worker named and did not live to write.
 *
 * Failure policy: fail open. The order has its outcome already. A discrepancy that stays open is
 * logged, and a person can resolve it.
 */
export async function explainHold(
  deps: ResolveHoldsDeps & { readonly log: Log },
  order: Order,
  finish: FulfilmentFinish,
): Promise<void> {
  try {
    await resolveEnded(deps, order, finish);
  } catch (error) {
    const { outTradeNo } = order;
    deps.log.error('hold_not_resolved', { outTradeNo, error: errorText(error) });
  }
}

async function resolveEnded(deps: ResolveHoldsDeps, order: Order, finish: FulfilmentFinish): Promise<void> {
  const { fulfilment } = order;
  if (fulfilment.state !== 'due' || (fulfilment.hold === undefined && fulfilment.attempts <= 1)) return;
  switch (finish.kind) {
    case 'done':
      return resolveHolds(deps, order, 'the order was fulfilled');
    case 'dead':
      return resolveHolds(deps, order, finish.reason);
    case 'hold': {
      const named = heldDiscrepancy(order, finish, finish.heldAt);
      if (named === null) return;
      const now = { named: named.id, until: finish.heldAt };
      return resolveHolds(deps, order, 'a later hold has taken its place', now);
    }
    case 'retry':
    case 'wait':
    case 'return':
      return;
  }
}
