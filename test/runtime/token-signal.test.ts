import type { WorkerHandler } from '../../lib/hosting/ports';
import { signallingToken } from '../../lib/hosting/token-signal';
import { StoreError } from '../../lib/store/errors';
import type { MerchantSettings } from '../../lib/config/merchants';
import type { Alarms } from '../../lib/store/ports/ops-port';
import type { SubMchId } from '../../lib/values/ids';
import type { OrderAnswer, WeChatPay } from '../../lib/wechat/port';
import { onStage, PLENTY, type Stage } from '../inbox/stage';
import { day, MERCHANT, OTHER_MERCHANT, START, tradeNo } from '../store/builders';

const MISSING: OrderAnswer = { kind: 'unknown', reason: 'missing_api_token', detail: 'no token' };
const LOST: OrderAnswer = { kind: 'unknown', reason: 'transport', detail: 'reset' };
const NOT_PAID: OrderAnswer = { kind: 'not_paid' };

const common = { name: '', feeRate: null };
const MERCHANTS: readonly [MerchantSettings, ...MerchantSettings[]] = [
  { ...common, subMchId: MERCHANT, channel: { kind: 'cloudpay' } },
  {
    ...common,
    subMchId: OTHER_MERCHANT,
    channel: { kind: 'v3', party: { mode: 'direct', mchId: OTHER_MERCHANT, appId: 'wx8888888888888888' } },
  },
];

type Name = 'reconcileOrders' | 'followRefunds';

/** A worker that makes one query per given answer, on this store, and then fails if it should. */
function worker({ deps, store }: Stage, name: Name, alarms: Pick<Alarms, 'raise' | 'lower'> = store.alarms) {
  const unused = () => Promise.reject(new Error('nobody asked for this'));
  const wechat: WeChatPay = {
    queryOrder: async () => answers.shift() ?? NOT_PAID,
    prepayBody: () => null,
    ...{
      unifiedOrder: unused,
      closeOrder: unused,
      refund: unused,
      queryRefund: unused,
      downloadBill: async () => ({ kind: 'not_offered', detail: 'no request is made' }) as const,
    },
  };
  let answers: OrderAnswer[] = [];
  let breaksOff = false;
  let asks = MERCHANT;
  let requests = 0;
  const counted: Pick<Alarms, 'raise' | 'lower'> = {
    raise: (signal) => ((requests += 1), alarms.raise(signal)),
    lower: (cause, detail) => ((requests += 1), alarms.lower(cause, detail)),
  };
  const ports = { ...deps, wechat, store: { alarms: counted }, config: { merchants: MERCHANTS } };
  const run: WorkerHandler = signallingToken(ports, name, (given) => async () => {
    await given.wechat.downloadBill({
      ...{ subMchId: asks, day: day(), type: 'FUND_FLOW', account: 'BASIC', gzip: true },
    });
    while (answers.length > 0) await given.wechat.queryOrder({ subMchId: asks, outTradeNo: tradeNo(1) });
    if (breaksOff) throw new Error('it broke off');
    return { done: true };
  });
  return {
    requests: () => requests,
    answered: (...given: OrderAnswer[]) => {
      answers = given;
      return run(PLENTY);
    },
    breakOff: () => {
      breaksOff = true;
    },
    askAbout: (merchant: SubMchId) => {
      asks = merchant;
    },
  };
}

const signalled = async ({ store }: Stage) =>
  (await store.alarms.signals()).map(({ cause, detail }) => `${cause} of ${detail}`);

test('a run without a token is signalled, one with it takes that back', () =>
  onStage(async (stage) => {
    const { answered } = worker(stage, 'reconcileOrders');
    expect(await answered(MISSING, MISSING)).toEqual({ done: true });
    expect(await stage.store.alarms.signals()).toEqual([
      { cause: 'missing_api_token', lastSeenAt: START, detail: 'reconcileOrders' },
    ]);
    stage.advance(60_000);
    await answered(LOST);
    await answered();
    expect(await signalled(stage)).toEqual(['missing_api_token of reconcileOrders']);
    await answered(LOST, NOT_PAID);
    expect(await signalled(stage)).toEqual([]);
  }));

test('one answer without a token outweighs all others of the run', () =>
  onStage(async (stage) => {
    await worker(stage, 'followRefunds').answered(NOT_PAID, MISSING, NOT_PAID);
    expect(await signalled(stage)).toEqual(['missing_api_token of followRefunds']);
  }));

test('answers about a merchant on API v3 say nothing about the token', () =>
  onStage(async (stage) => {
    const { answered, askAbout, requests } = worker(stage, 'reconcileOrders');
    await answered(MISSING);
    askAbout(OTHER_MERCHANT);
    await answered(NOT_PAID);
    expect(requests()).toBe(1);
    expect(await signalled(stage)).toEqual(['missing_api_token of reconcileOrders']);
  }));

test('a run that broke off is signalled too', () =>
  onStage(async (stage) => {
    const one = worker(stage, 'followRefunds');
    one.breakOff();
    await expect(one.answered(MISSING)).rejects.toThrow('it broke off');
    expect(await signalled(stage)).toEqual(['missing_api_token of followRefunds']);
  }));

test('a worker takes back what it signalled itself, or another process of it, and nothing of another worker', () =>
  onStage(async (stage) => {
    await worker(stage, 'followRefunds').answered(MISSING);
    await worker(stage, 'reconcileOrders').answered(NOT_PAID);
    expect(await signalled(stage)).toEqual(['missing_api_token of followRefunds']);
    await worker(stage, 'followRefunds').answered(NOT_PAID);
    expect(await signalled(stage)).toEqual([]);
  }));

test('costs a request when something changed, and none otherwise', () =>
  onStage(async (stage) => {
    const { answered, requests } = worker(stage, 'reconcileOrders');
    const costs: number[] = [];
    for (const answers of [[], [NOT_PAID], [NOT_PAID], [MISSING], [MISSING], [NOT_PAID], [NOT_PAID]]) {
      const before = requests();
      await answered(...answers);
      costs.push(requests() - before);
    }
    expect(costs).toEqual([0, 1, 0, 1, 1, 1, 0]);
  }));

test('a signal that cannot be stored breaks nothing, and is tried again', () =>
  onStage(async (stage) => {
    const away = () => Promise.reject(new StoreError('unavailable', 'the database is away'));
    const { alarms } = stage.store;
    let isAway = true;
    const { answered } = worker(stage, 'reconcileOrders', {
      raise: (signal) => (isAway ? away() : alarms.raise(signal)),
      lower: away,
    });
    expect(await answered(MISSING)).toEqual({ done: true });
    expect(stage.log.lines.map(({ event }) => event)).toEqual(['signal_not_stored']);
    isAway = false;
    await answered(MISSING);
    expect(await signalled(stage)).toHaveLength(1);
  }));
