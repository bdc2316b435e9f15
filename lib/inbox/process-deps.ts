import type { Log } from '../runtime/log';
import type { Timers } from '../runtime/timers';
import type { LeaseToken } from '../model/lease';
import type { Settlement, Store } from '../store/port';
import type { Trace } from '../trace/port';
import type { Clock } from '../values/instant';
import type { WeChatPay } from '../wechat/port';
import type { SlowWork } from './beside';
import type { InboxSettings } from './settings';

/** Fulfilment by the run that makes orders due, beside its other work. */
export interface FulfilBeside extends SlowWork {
  /** Orders became due. */
  refill(): void;
  /** While `work` runs, no order is begun. Rejects as `work` does. */
  pauseWhile(work: () => Promise<void>): Promise<void>;
  /** No order is begun any more. */
  stop(): void;
}

/** What processing the inbox needs. */
export interface ProcessDeps {
  readonly store: Pick<Store, 'inbox' | 'orders' | 'refunds' | 'shared'>;
  readonly wechat: Pick<WeChatPay, 'queryOrder' | 'queryRefund'>;
  readonly clock: Clock;
  readonly timers: Timers;
  /** 0 to 1, for jitter. */
  readonly random: () => number;
  readonly newToken: () => LeaseToken;
  readonly log: Log;
  readonly settings: InboxSettings;
  /**
   * How many batches are processed at the same time; 1 when absent. Two help where the store writes
   * in a thread of its own: while one batch is written, the other is decided.
   */
  readonly lanes?: number;
  /**
   * Leaves messages that are claimed alone, unverified or redelivered to other runs. CloudBase:
   * saves 3 requests of a run that finds nothing.
   */
  readonly believedOnly?: boolean;
  /** Called each time a run finds more to do than it can clear soon. Must not throw. */
  readonly onBacklog?: () => void;
  /**
   * Asks first whether there is anything to do, and ends when there is not; and again once no
   * believed message is due, instead of for each other kind. CloudBase: a run that finds nothing
   * costs this 1 request, and one that finds something 2, in place of 4 where nothing else is due.
   */
  readonly looksFirst?: boolean;
  /** Called with each settlement that the run wrote. Must not throw. */
  readonly onSettled?: (settlement: Settlement) => void;
  /** Absent: nobody watches. */
  readonly trace?: Trace;
  /** Fulfils what the run made due; absent: that is left to other runs. */
  readonly fulfilling?: FulfilBeside;
}
