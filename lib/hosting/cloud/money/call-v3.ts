import { realV3 } from '#cloud/real-v3';
import { signerOf } from '../../../config/v3-party';
import { systemClock } from '../../../runtime/system-clock';
import { systemTimers } from '../../../runtime/timers';
import { v3Channels } from '../../../wechat/v3/channels';
import { notifyUrl } from '../../../wechat/v3/notify-url';
import { builtConfig } from '../built-config';
import type { OpenV3 } from './calling';
import { readCallingKeys } from './calling-keys';
import { functionLog } from '../function-log';

/**
 * API v3 over HTTPS, with the keys that the build put beside the bundle.
 *
 * Failure policy: fail closed. Throws without keys or without `cloud.callbackUrl`, which the build
 * refuses: an order without a notification address could not be made at all.
 */
export const openV3: OpenV3 = ({ timeoutMs, shared }) => {
  const { callbackUrl } = builtConfig.cloud;
  if (callbackUrl === null) throw new Error('cloud.callbackUrl is missing: build again');
  const keysOf = readCallingKeys(__dirname);
  const { hosts, transport } = realV3();
  const channels = v3Channels({
    transport,
    clock: systemClock,
    timers: systemTimers,
    random: Math.random,
    log: functionLog,
    shared,
  });
  return (party) => {
    const signer = signerOf(party);
    return channels.open({
      party,
      keys: keysOf(signer),
      hosts,
      notifyUrls: {
        pay: notifyUrl(callbackUrl, 'pay', signer),
        refund: notifyUrl(callbackUrl, 'refund', signer),
      },
      callMs: timeoutMs,
    });
  };
};
