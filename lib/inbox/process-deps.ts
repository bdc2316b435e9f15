import type { Log } from '../runtime/log';
import type { Timers } from '../runtime/timers';
import type { LeaseToken } from '../model/lease';
import type { Store } from '../store/port';
import type { Clock } from '../values/instant';
import type { WeChatPay } from '../wechat/port';
import type { InboxSettings } from './settings';

/** What working off the inbox needs. */
export interface ProcessDeps {
  readonly store: Pick<Store, 'inbox' | 'orders' | 'refunds'>;
  readonly wechat: Pick<WeChatPay, 'queryOrder' | 'queryRefund'>;
  readonly clock: Clock;
  readonly timers: Timers;
  /** 0 to 1, for jitter. */
  readonly random: () => number;
  readonly newToken: () => LeaseToken;
  readonly log: Log;
  readonly settings: InboxSettings;
  /**
   * So many batches are under way at the same time; 1 when absent. Two are worth it where the store writes in a thread of its own:
   * while one batch is written, the other is judged.
   */
  readonly lanes?: number;
  /** Leaves alone, in this run, what is claimed alone and what is unverified. CloudBase: saves 3 requests of a run that finds nothing. */
  readonly believedOnly?: boolean;
}
