import type { AskRefundDeps } from '../refunds/ask';
import type { CloseDeps } from '../orders/close';
import type { Fen } from '../values/fen';
import type { SubMchId } from '../values/ids';
import type { Store } from '../store/port';
import type { WeChatPay } from '../wechat/port';
import type { Finding } from './api';

/** What operating needs: everything a function has, and what only this runtime can look at. */
export interface OpsDeps extends AskRefundDeps, Omit<CloseDeps, 'wechat'> {
  readonly store: Store;
  readonly wechat: Pick<WeChatPay, 'queryOrder' | 'queryRefund' | 'closeOrder' | 'refund'>;
  readonly merchants: readonly SubMchId[];
  /** Above this a second person has to accept a payment that does not agree with its order; null: never. */
  readonly secondPersonAbove: Fen | null;
  /** Looks at the installation. */
  readonly examine: () => Promise<readonly Finding[]>;
  /** How long one call may go on beginning things, in ms: the runtime ends it some time after. */
  readonly actForMs: number;
  /** A name nobody ever had, for an entry in the record of actions. */
  readonly newId: () => string;
}
