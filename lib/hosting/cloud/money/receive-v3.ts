import type { ReceiveV3 } from '../../../inbox/v3/callback-v3-http';
import { openOriginSignals } from '../../../inbox/origin-signals';
import { receiveV3, v3Signers } from '../../../inbox/v3/receive-v3';
import { signalsOn } from '../../../store/cloudbase/signals';
import { builtConfig } from '../built-config';
import { openCallbackStore } from '../receive-deps';
import { readReceivingKeys } from './receiving-keys';

/**
 * What `payCallbackV3` and `refundCallbackV3` do, with the keys that the build put beside their
 * bundle. Makes no request. Throws when there are none.
 */
export function openReceiveV3(): ReceiveV3 {
  const { db, ...deps } = openCallbackStore();
  const keysOf = readReceivingKeys(__dirname);
  const signers = v3Signers(builtConfig.merchants, (signer) => {
    const keys = keysOf(signer);
    return { keys: () => keys };
  });
  const signals = openOriginSignals({ alarms: signalsOn(db), clock: deps.clock, log: deps.log });
  return (delivery, waitedMs) => receiveV3({ ...deps, signers, signals }, delivery, waitedMs);
}
