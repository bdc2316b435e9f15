import { createPublicKey, randomBytes } from 'node:crypto';
import type { V3Party } from '../../lib/config/v3-party';
import type { PaymentDetails, RefundDetails } from '../../lib/model/facts';
import { isSubMchId, type SubMchId } from '../../lib/values/ids';
import { createCloudPay } from '../../lib/wechat/cloudpay/adapter';
import { createCloudRun } from '../../lib/wechat/cloudrun/adapter';
import { readNotification } from '../../lib/wechat/notification';
import type { WeChatPay } from '../../lib/wechat/port';
import { createV3 } from '../../lib/wechat/v3/adapter';
import { noCertificates } from '../../lib/wechat/v3/keys/certificates';
import { readPaymentResource } from '../../lib/wechat/v3/read-payment';
import { readRefundResource } from '../../lib/wechat/v3/read-refund';
import { merchantKeys } from '../../server/simulated/simulated-keys';
import { SIMULATED_HOSTS, simulatedTransport } from '../../server/simulated/simulated-v3';
import type { ApiName } from '../../simulator/api-faults';
import { createCloudRunApi } from '../../simulator/cloudrun';
import { memoryJournal } from '../../simulator/journal';
import { createSimulator, type Simulator } from '../../simulator/simulator';
import { SimulatorError } from '../../simulator/simulator-error';
import { verifySignature, signedText } from '../../lib/wechat/v3/verify';
import { rememberedLog } from '../inbox/stage';
import { manualTime, type ManualTime } from '../simulator/manual-time';
import { START } from '../simulator/stage';
import { testKeys } from '../simulator/test-keys';
import { opened } from '../simulator/v3-stage';
import type { Channel } from './table';

/** Faults that every channel can have, by their words in the simulator. */
export type CommonFault = 'lost_request' | 'lost_answer' | 'rate_limited' | 'system_error' | 'no_funds';

/** One channel with its simulator, seen through the port. */
export interface ChannelStage {
  readonly pay: WeChatPay;
  readonly merchant: SubMchId;
  readonly simulator: Simulator;
  readonly time: ManualTime;
  /** What the notifications so far said, once proved and read. */
  readonly notified: (PaymentDetails | RefundDetails)[];
  /** Makes the next calls fail. */
  readonly fail: (api: ApiName, fault: CommonFault, times?: number) => void;
  /** An answer, while time passes for pauses and time limits of the adapter. */
  readonly answered: <Answer>(asked: Promise<Answer>) => Promise<Answer>;
}

function number(text: string): SubMchId {
  if (!isSubMchId(text)) throw new TypeError('not a merchant number');
  return text;
}

const PARTIES = {
  'v3 direct': { mode: 'direct', mchId: number('1900000001'), appId: 'wx0000000000000001' },
  'v3 partner': {
    mode: 'partner',
    spMchId: number('1900000009'),
    spAppId: 'wx0000000000000009',
    subMchId: number('1900000011'),
    subAppId: 'wx0000000000000011',
  },
} as const satisfies Readonly<Record<string, V3Party>>;

const KEYS = testKeys();

/** Opens a channel with a simulator of its own. */
export function openChannel(channel: Channel): ChannelStage {
  const time = manualTime(START);
  const notified: (PaymentDetails | RefundDetails)[] = [];
  let seed = 5;
  const simulator = createSimulator({
    clock: time.clock,
    schedule: time.schedule,
    journal: memoryJournal(),
    speed: 1,
    random: () => (seed = (seed * 16807) % 2147483647) / 2147483647,
    async deliver(event) {
      const read = readNotification(event);
      if (read.kind === 'unusable') throw new TypeError(read.problems.join(', '));
      notified.push(read.kind === 'payment' ? read.payment : read.refund);
      return { errcode: 0 };
    },
    v3: {
      parties: Object.values(PARTIES),
      keys: KEYS,
      async deliver(delivery) {
        const { id, key } = { id: KEYS.wechatKeyId, key: createPublicKey(KEYS.wechatKey) };
        const proof = verifySignature(
          signedText(delivery.headers, delivery.body),
          [{ id, key, from: 'configured' }],
          time.clock.now(),
        );
        if (proof.kind !== 'valid') return { status: 401 };
        const { envelope, resource } = opened(delivery, KEYS);
        if (envelope['event_type'] === 'TRANSACTION.SUCCESS') {
          const read = readPaymentResource(resource);
          if (read.kind === 'unreadable') throw new TypeError(read.problems.join(', '));
          notified.push(read.payment);
        } else {
          const read = readRefundResource(resource);
          if (read.kind === 'unreadable') throw new TypeError(read.problems.join(', '));
          notified.push(read.refund);
        }
        return { status: 204 };
      },
    },
  });
  const common = {
    simulator,
    time,
    notified,
    async answered<Answer>(asked: Promise<Answer>): Promise<Answer> {
      const watch: { isOver: boolean } = { isOver: false };
      const over = asked.finally(() => {
        watch.isOver = true;
      });
      for (let turn = 0; turn < MOST_TURNS; turn++) {
        for (let idle = 0; idle < IDLE_ROUNDS; idle++) await new Promise((resolve) => setImmediate(resolve));
        if (watch.isOver) break;
        await time.pass(TURN_MS);
      }
      return over;
    },
  };
  switch (channel) {
    case 'cloudpay':
      return cloudpay(common);
    case 'cloudrun':
      return cloudrun(common);
    case 'v3 direct':
    case 'v3 partner':
      return apiV3(common, PARTIES[channel]);
  }
}

/** The longest call takes 10 s of the manual clock. */
const TURN_MS = 50;
const MOST_TURNS = 400;
const IDLE_ROUNDS = 5;

type Common = Omit<ChannelStage, 'pay' | 'merchant' | 'fail'>;

function cloudpay(common: Common): ChannelStage {
  const { simulator } = common;
  return {
    ...common,
    merchant: number('1606704502'),
    pay: createCloudPay(
      async (apiName, request) => {
        try {
          const { body } = await simulator.payApi(apiName, request);
          return { kind: 'body', bytes: Buffer.from(body) };
        } catch (error) {
          if (!(error instanceof SimulatorError)) throw error;
          return { kind: 'failure', failure: { kind: 'transport', message: error.message } };
        }
      },
      {
        envId: 'shop-8gxvz0f70375accc',
        payFunction: 'payCallback',
        refundFunction: 'refundCallback',
        nonce: () => randomBytes(16).toString('hex'),
      },
    ),
    fail: disturbing(simulator),
  };
}

/** Cloud Run asks the same books as the cloud calls, so its faults are theirs. */
function cloudrun(common: Common): ChannelStage {
  const { simulator } = common;
  const api = createCloudRunApi(
    (name, asked) => simulator.payApi(name, asked),
    () => 'seq-1',
  );
  return {
    ...common,
    merchant: number('1606704502'),
    pay: createCloudRun(
      async (path, request) => {
        try {
          const { body } = await api(path, request);
          return { kind: 'body', bytes: Buffer.from(body) };
        } catch (error) {
          if (!(error instanceof SimulatorError)) throw error;
          return { kind: 'failure', failure: { kind: 'transport', message: error.message } };
        }
      },
      {
        envId: 'shop-8gxvz0f70375accc',
        service: 'wxpay-inbox',
        payPath: '/callback/pay',
        refundPath: '/callback/refund',
      },
    ),
    fail: disturbing(simulator),
  };
}

function disturbing(simulator: Simulator): ChannelStage['fail'] {
  return (api, fault, times = 1) => {
    simulator.disturb({
      api,
      times,
      fault:
        fault === 'no_funds' ? { kind: 'refused', code: 'NOTENOUGH', text: '余额不足' } : { kind: fault },
    });
  };
}

function apiV3(common: Common, party: V3Party): ChannelStage {
  const { simulator, time } = common;
  const { v3 } = simulator;
  if (v3 === null) throw new TypeError('it has an API v3');
  const signer = party.mode === 'direct' ? party.mchId : party.spMchId;
  return {
    ...common,
    merchant: party.mode === 'direct' ? party.mchId : party.subMchId,
    pay: createV3(
      {
        transport: simulatedTransport(v3),
        clock: time.clock,
        timers: { after: (ms, then) => time.schedule(ms, then) },
        random: () => 0,
        log: rememberedLog(),
        nonce: () => randomBytes(16).toString('hex'),
        certificates: noCertificates,
        rates: { turn: () => Promise.resolve(true), refused: () => Promise.resolve() },
      },
      {
        party,
        keys: merchantKeys(KEYS, signer),
        hosts: SIMULATED_HOSTS,
        notifyUrls: {
          pay: 'https://shop.example/callback/v3/pay',
          refund: 'https://shop.example/callback/v3/refund',
        },
      },
    ),
    fail(api, fault, times = 1) {
      v3.disturb({
        api,
        times,
        fault:
          fault === 'no_funds'
            ? { kind: 'refused', status: 403, code: 'NOT_ENOUGH', text: '余额不足' }
            : { kind: fault },
      });
    },
  };
}
