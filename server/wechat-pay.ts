import { randomBytes } from 'node:crypto';
import { errorText } from '../lib/runtime/error-text';
import { createCloudPay } from '../lib/wechat/cloudpay/adapter';
import type { PayTransport } from '../lib/wechat/cloudpay/transport';
import type { WeChatPay } from '../lib/wechat/port';
import type { Simulator } from '../simulator/simulator';

/**
 * WeChat Pay for this runtime. The only place of the server that chooses a channel: today the
 * simulator, behind the adapter that also reads real answers.
 */
export function openWeChatPay(simulator: Simulator | null): WeChatPay {
  if (simulator === null) throw new TypeError('real money is refused before this');
  return createCloudPay(simulatedTransport(simulator), {
    envId: 'this-machine',
    payFunction: 'payCallback',
    refundFunction: 'refundCallback',
    nonce: () => randomBytes(16).toString('hex'),
  });
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
