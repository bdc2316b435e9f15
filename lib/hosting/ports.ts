import type { StatementArchive } from '../statement/run/archive';
import type { LeaseToken } from '../model/lease';
import type { MerchantDb } from '../store/merchant-db';
import type { Store } from '../store/port';
import type { Clock } from '../values/instant';
import type { WeChatPay } from '../wechat/port';
import type { Budget } from '../runtime/budget';
import type { Caller } from '../model/caller';
import type { Config } from '../config/config-schema';
import type { Log } from '../runtime/log';
import type { Trace } from '../trace/port';
import type { Timers } from '../runtime/timers';

/**
 * Everything outside the program that functions and workers use. Each runtime (cloud, server)
 * builds them in one place.
 */
export interface Ports extends QuietPorts {
  readonly wechat: WeChatPay;
}

/** The ports of what never calls WeChat Pay. In the cloud, its bundles carry no signing key. */
export interface QuietPorts {
  readonly store: Store;
  /** Where bills are kept as WeChat Pay sent them. */
  readonly archive: StatementArchive;
  readonly clock: Clock;
  readonly timers: Timers;
  /** 0 to 1, for jitter. */
  readonly random: () => number;
  /** A fencing token that was never used before. */
  readonly newToken: () => LeaseToken;
  readonly log: Log;
  readonly config: Config;
  /** Absent: no traces are configured. */
  readonly trace?: Trace;
}

/**
 * The ports of what calls a merchant's code. Apart, so that the bundles of other functions carry no
 * look-ups.
 */
export interface MerchantPorts extends Ports {
  /** The merchant's own data, for `merchant/price.ts` and `merchant/fulfill.ts`. */
  readonly merchantDb: MerchantDb;
}

/** What the platform grants a call; null where the runtime does not say. */
export interface CallLimits {
  /** How long it may take, in ms. */
  readonly timeMs: number | null;
  readonly memoryMb: number | null;
}

/** A cloud function without its runtime: takes a caller's event, answers with a JSON value. */
export type FunctionHandler = (event: unknown, caller: Caller, limits?: CallLimits) => Promise<object>;

/**
 * What started a run of a worker. `database`: the trigger on the inbox, or anything else inside the
 * environment. `helper`: another run, which has more to do than it can. Neither calls WeChat Pay.
 */
export type WorkerStart = 'timer' | 'by_hand' | 'helper' | 'database';

/** A worker without its runtime: works until its budget is spent and returns a report. */
export type WorkerHandler = (budget: Budget, start?: WorkerStart) => Promise<object>;
