import { randomBytes } from 'node:crypto';
import type { Config } from '../lib/config/config-schema';
import { errorText } from '../lib/runtime/error-text';
import { wechatByMerchant } from '../lib/wechat/by-merchant';
import { createCloudPay } from '../lib/wechat/cloudpay/adapter';
import type { PayTransport } from '../lib/wechat/cloudpay/transport';
import { createCloudRun } from '../lib/wechat/cloudrun/adapter';
import type { CloudRunTransport } from '../lib/wechat/cloudrun/transport';
import type { WeChatPay } from '../lib/wechat/port';
import { createCloudRunApi } from '../simulator/cloudrun';
import type { Simulator } from '../simulator/simulator';

/**
 * WeChat Pay for this runtime. The only place of the server that chooses channels, one per
 * merchant: today the simulator, behind the adapters that also read real answers.
 */
export function openWeChatPay(simulator: Simulator | null, merchants: Config['merchants']): WeChatPay {
  if (simulator === null) throw new TypeError('real money is refused before this');
  const cloudpay = createCloudPay(simulatedTransport(simulator), {
    envId: 'this-machine',
    payFunction: 'payCallback',
    refundFunction: 'refundCallback',
    nonce: () => randomBytes(16).toString('hex'),
  });
  const cloudrun = createCloudRun(simulatedCloudRun(simulator), {
    envId: 'this-machine',
    service: 'this-server',
    payPath: '/callback/pay',
    refundPath: '/callback/refund',
  });
  const channels = merchants.map(
    ({ subMchId, channel }) => [subMchId, channel.kind === 'cloudrun' ? cloudrun : cloudpay] as const,
  );
  return wechatByMerchant(new Map(channels));
}

function simulatedCloudRun(simulator: Simulator): CloudRunTransport {
  const api = createCloudRunApi(
    (name, asked) => simulator.payApi(name, asked),
    () => randomBytes(8).toString('hex'),
  );
  return async (path, request) => {
    try {
      const { body } = await api(path, request);
      return { kind: 'body', bytes: Buffer.from(body) };
    } catch (error) {
      return { kind: 'failure', failure: { kind: 'transport', message: errorText(error) } };
    }
  };
}

function simulatedTransport(simulator: Simulator): PayTransport {
  return async (apiName, request) => {
    try {
      const { body } = await simulator.payApi(apiName, request);
      return { kind: 'body', bytes: Buffer.from(body) };
    } catch (error) {
      // A test lost the answer on purpose, or the simulator was stopped meanwhile: there is none.
      return { kind: 'failure', failure: { kind: 'transport', message: errorText(error) } };
    }
  };
}
