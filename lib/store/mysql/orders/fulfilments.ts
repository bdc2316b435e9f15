import type { Orders } from '../../orders-port';
import type { Database } from '../base/database';
import { unbuilt } from '../base/unbuilt';

/** What is fulfilled, and what is held. */
export type Fulfilments = Pick<
  Orders,
  | 'claimFulfilments'
  | 'hasFulfilmentWork'
  | 'beginFulfilment'
  | 'liftHold'
  | 'releaseHold'
  | 'finishFulfilment'
  | 'retryFulfilment'
>;

/** The fulfilments in MySQL. */
export function mysqlFulfilments(_database: Database): Fulfilments {
  return {
    claimFulfilments: unbuilt,
    hasFulfilmentWork: unbuilt,
    beginFulfilment: unbuilt,
    liftHold: unbuilt,
    releaseHold: unbuilt,
    finishFulfilment: unbuilt,
    retryFulfilment: unbuilt,
  };
}
