import type { FulfilmentCall } from '../../model/fulfilment-call';
import type { FulfilmentFinish } from '../fulfilment-finish';
import type { Bindable } from './columns';

/** What is noted on an unreadable order. */
export const UNREADABLE_ORDER =
  'the stored order does not fit this version: repair it, then retry its fulfilment';

/** The note of an ending, then its due time and calls where it has any, as values to bind. */
export function finishValues(finish: FulfilmentFinish): readonly Bindable[] {
  switch (finish.kind) {
    case 'done':
      return [finish.receipt === null ? null : JSON.stringify(finish.receipt), callsOf(finish)];
    case 'dead':
      return [JSON.stringify(finish.reason), callsOf(finish)];
    case 'retry':
    case 'wait':
      return [JSON.stringify(finish.error), finish.dueAt, callsOf(finish)];
    case 'hold':
      return [JSON.stringify({ reason: finish.reason, heldAt: finish.heldAt, release: null })];
    case 'return':
      return [];
  }
}

function callsOf({ calls }: { readonly calls?: readonly FulfilmentCall[] }): string | null {
  return calls === undefined ? null : JSON.stringify(calls);
}
