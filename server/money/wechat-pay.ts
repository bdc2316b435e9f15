import { randomBytes } from 'node:crypto';
import type { Config } from '../../lib/config/config-schema';
import type { MerchantSettings } from '../../lib/config/merchants';
import { signerOf, type V3Party } from '../../lib/config/v3-party';
import { errorText } from '../../lib/runtime/error-text';
import type { Log } from '../../lib/runtime/log';
import type { SharedState } from '../../lib/runtime/shared-state';
import { systemTimers } from '../../lib/runtime/timers';
import type { SubMchId } from '../../lib/values/ids';
import type { Clock } from '../../lib/values/instant';
import { wechatByMerchant } from '../../lib/wechat/by-merchant';
import { createCloudPay } from '../../lib/wechat/cloudpay/adapter';
import type { PayTransport } from '../../lib/wechat/cloudpay/transport';
import { createCloudRun } from '../../lib/wechat/cloudrun/adapter';
import type { CloudRunTransport } from '../../lib/wechat/cloudrun/transport';
import type { WeChatPay } from '../../lib/wechat/port';
import type { V3Certificates } from '../../lib/wechat/v3/keys/certificates';
import { v3Channels } from '../../lib/wechat/v3/channels';
import { notifyUrl } from '../../lib/wechat/v3/notify-url';
import { createCloudRunApi } from '../../simulator/cloudrun';
import type { PayApi } from '../../simulator/pay-api';
import type { ApiV3 } from './api-v3';
import type { CloudRun } from './cloud-run';

/** What the channels of this server are made of. */
export interface WeChatPayParts {
  readonly config: Config;
  /** The simulated pay gateway; null with real money. */
  readonly payApi: PayApi | null;
  /** Null when no merchant is on the channel v3. */
  readonly apiV3: ApiV3 | null;
  /** The real channel cloudrun; null when no merchant is on it, or its money is simulated. */
  readonly cloudRun: CloudRun | null;
  readonly shared: SharedState;
  readonly clock: Clock;
  readonly log: Log;
}

/** WeChat Pay for this runtime, and what its notifications are checked with. */
export interface OpenWeChatPay {
  readonly wechat: WeChatPay;
  /** The platform certificates of a number that signs. Throws `TypeError` without API v3. */
  readonly certificatesOf: (signer: SubMchId) => V3Certificates;
}

/**
 * WeChat Pay for this runtime. The only place of the server that chooses channels, one per
 * merchant: the simulator behind the adapters that also read real answers, or the real API v3 and
 * the service of Cloud Run. Makes no request. Throws `TypeError` for a channel that
 * `checkForServer` refuses.
 */
export function openWeChatPay(parts: WeChatPayParts): OpenWeChatPay {
  const { config, payApi, apiV3 } = parts;
  const v3 = apiV3 === null ? null : channelsOfV3(parts, apiV3);
  const cloudpay = payApi === null ? null : simulatedCloudPay(payApi);
  const cloudrun = payApi === null ? realCloudRun(parts.cloudRun) : simulatedCloudRun(payApi);
  const channelOf = ({ channel }: MerchantSettings): WeChatPay | null => {
    switch (channel.kind) {
      case 'v3':
        return v3 === null ? null : v3.open(channel.party);
      case 'cloudpay':
        return cloudpay;
      case 'cloudrun':
        return cloudrun;
    }
  };
  const channels = config.merchants.map((merchant): [typeof merchant.subMchId, WeChatPay] => {
    const found = channelOf(merchant);
    if (found !== null) return [merchant.subMchId, found];
    throw new TypeError(`${merchant.subMchId}: ${merchant.channel.kind} is refused before this`);
  });
  return {
    wechat: wechatByMerchant(new Map(channels)),
    certificatesOf(signer) {
      if (v3 === null) throw new TypeError(`${signer} has no API v3 here`);
      return v3.certificatesOf(signer);
    },
  };
}

/** A maker of v3 channels. Merchants under one signing number share its rate and certificates. */
function channelsOfV3({ shared, clock, log }: WeChatPayParts, apiV3: ApiV3) {
  const { hosts, transport, keysOf, publicUrl } = apiV3;
  const channels = v3Channels({ transport, clock, timers: systemTimers, random: Math.random, log, shared });
  return {
    open(party: V3Party): WeChatPay {
      const signer = signerOf(party);
      const notifyUrls = {
        pay: notifyUrl(publicUrl, 'pay', signer),
        refund: notifyUrl(publicUrl, 'refund', signer),
      };
      return channels.open({ party, keys: keysOf(signer).keys, hosts, notifyUrls });
    },
    certificatesOf: (signer: SubMchId) => channels.certificatesOf({ keys: keysOf(signer).keys, hosts }),
  };
}

function simulatedCloudPay(payApi: PayApi): WeChatPay {
  return createCloudPay(simulatedTransport(payApi), {
    envId: 'this-machine',
    payFunction: 'payCallback',
    refundFunction: 'refundCallback',
    nonce: () => randomBytes(16).toString('hex'),
  });
}

function realCloudRun(parts: CloudRun | null): WeChatPay | null {
  return parts === null ? null : createCloudRun(parts.transport, parts.settings);
}

function simulatedCloudRun(payApi: PayApi): WeChatPay {
  const api = createCloudRunApi(payApi, () => randomBytes(8).toString('hex'));
  const transport: CloudRunTransport = async (path, request) => {
    try {
      const { body } = await api(path, request);
      return { kind: 'body', bytes: Buffer.from(body) };
    } catch (error) {
      return { kind: 'failure', failure: { kind: 'transport', message: errorText(error) } };
    }
  };
  return createCloudRun(transport, {
    envId: 'this-machine',
    service: 'this-server',
    payPath: '/callback/pay',
    refundPath: '/callback/refund',
  });
}

function simulatedTransport(payApi: PayApi): PayTransport {
  return async (apiName, request) => {
    try {
      const { body } = await payApi(apiName, request);
      return { kind: 'body', bytes: Buffer.from(body) };
    } catch (error) {
      // A test lost the answer on purpose, or the simulator was stopped meanwhile: there is none.
      return { kind: 'failure', failure: { kind: 'transport', message: errorText(error) } };
    }
  };
}
