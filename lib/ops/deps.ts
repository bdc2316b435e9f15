import type { AskRefundDeps } from '../refunds/outcome';
import type { CloseDeps } from '../orders/close';
import type { Person } from '../model/operators/principal';
import type { Fen } from '../values/fen';
import type { SubMchId } from '../values/ids';
import type { StatementArchive } from '../statement/run/archive';
import type { StatementSettings } from '../statement/run/settings';
import type { SecondPersonPolicy } from '../rules/second-person';
import type { Store } from '../store/port';
import type { Webhook } from '../webhook/webhook';
import type { WeChatPay } from '../wechat/port';
import type { Finding } from './api';
import type { WorkerStandings } from './running/worker-standing';
import type { AlarmTarget } from './watch/notice';
import type { Lateness, Speech } from './watch/settings';

/** What operations need: everything a function has, and what only this runtime can check. */
export interface OpsDeps extends AskRefundDeps, Omit<CloseDeps, 'wechat'> {
  readonly store: Store;
  readonly wechat: Pick<WeChatPay, 'queryOrder' | 'queryRefund' | 'closeOrder' | 'refund' | 'payOutRefund'>;
  readonly merchants: readonly SubMchId[];
  /** Those whose channel can pay an abnormal refund out to the merchant's own account. */
  readonly payOutMerchants: readonly SubMchId[];
  /** Where bills are kept, also those that operators give. */
  readonly archive: StatementArchive;
  readonly statementSettings: StatementSettings;
  /**
   * Above this, a second person must accept a payment that does not agree with its order; null:
   * never.
   */
  readonly secondPersonAbove: Fen | null;
  /** When refunds and bulk actions need a second person. */
  readonly secondPerson: SecondPersonPolicy;
  /** Everybody who may come in now, with the role and the limits they have now. */
  readonly people: () => readonly Person[];
  /** For a month's papers: the contracts' rates, and how long items are carried over. */
  readonly books: Pick<StatementSettings, 'merchants' | 'carryOverDays'>;
  /** When an order counts as late. */
  readonly lateness: Lateness;
  /** How each worker stands. */
  readonly workers: () => Promise<WorkerStandings>;
  /** The robots and webhooks, and how notices to them are worded. */
  readonly targets: readonly AlarmTarget[];
  readonly speech: Speech;
  /** The merchant's own system that fulfils; null: fulfilment calls none over HTTP. */
  readonly webhook: Pick<Webhook, 'test'> | null;
  /** Runs the doctor's checks. */
  readonly examine: () => Promise<readonly Finding[]>;
  /** How long one call may start further items, in ms. The runtime ends it some time after that. */
  readonly actForMs: number;
  /** A unique id for an audit log entry. */
  readonly newId: () => string;
}
