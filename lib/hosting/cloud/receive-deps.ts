import { openGenerated } from '#cloud/open-generated';
import type { ReceiveDeps } from '../../inbox/receive';
import type { NewMessage } from '../../model/message';
import { quotaOfUnverified } from '../../inbox/quota';
import { countUnverified, record } from '../../store/cloudbase/inbox/record';
import { systemClock } from '../../runtime/system-clock';
import { systemTimers } from '../../runtime/timers';
import { builtConfig } from './built-config';
import { functionLog } from './function-log';
import { openPatient } from './sdk';

/**
 * The SDK gives up after this share of the ack's time, so that the log shows its reason and not
 * just our own time-out.
 */
const SDK_SHARE = 0.8;

/** What every callback needs, and the database they write to. */
export function openCallbackStore() {
  const { ackBudgetMs } = builtConfig.inbox;
  const inTime = Math.floor(ackBudgetMs * SDK_SHARE);
  const db = openPatient(inTime, inTime);
  return {
    db,
    record: (message: NewMessage) => record(db, message),
    clock: systemClock,
    timers: systemTimers,
    log: functionLog,
    ackBudgetMs,
  };
}

/**
 * What `payCallback` and `refundCallback` need and nothing more: every module not loaded speeds up
 * the first ack of a cold start.
 */
export function openReceiveDeps(): ReceiveDeps {
  const { db, ...deps } = openCallbackStore();
  return {
    ...deps,
    ...openGenerated(),
    admitUnverified: quotaOfUnverified({
      countUnverified: (naming) => countUnverified(db, naming),
      clock: systemClock,
      log: functionLog,
      megabytes: builtConfig.inbox.unverifiedMegabytes,
      merchants: builtConfig.merchants.map(({ subMchId }) => subMchId),
    }),
  };
}
