import type { ProcessDeps } from '../../inbox/process-deps';
import type { Log } from '../../runtime/log';
import type { Timers } from '../../runtime/timers';
import type { LeaseToken } from '../../model/lease';
import type { Store } from '../../store/port';
import type { Clock } from '../../values/instant';
import type { WeChatPay } from '../../wechat/port';
import type { StatementArchive } from './archive';
import type { StatementSettings } from './settings';

/** The dependencies of statement runs. */
export interface StatementDeps {
  readonly store: Store;
  readonly wechat: Pick<WeChatPay, 'downloadBill'>;
  readonly archive: StatementArchive;
  readonly clock: Clock;
  readonly timers: Timers;
  /** 0 to 1, for jitter. */
  readonly random: () => number;
  readonly newToken: () => LeaseToken;
  readonly log: Log;
  readonly settings: StatementSettings;
  /** The dependencies of the inbox: the facts of a bill enter there. */
  readonly inbox: ProcessDeps;
}
