import { fen } from '../../lib/values/fen';
import { SimulatorError } from '../../simulator/simulator-error';
import { stage } from './stage';

const DAY = 24 * 3600_000;
const inherited: unknown = Object.create({ errcode: 0 });
const NEVER = () => ({ errcode: -1, errmsg: 'no' });
/** When the first send and each of its 15 repeats are made, in seconds after the payment. */
const SENDS = [0, 15, 30, 60, 240, 840, 2040, 3840, 5640, 7440, 11040, 21840, 32640, 43440, 65040, 86640];

describe('the retry schedule', () => {
  test('is followed over 24 h 4 m while nobody acks, and then ends', async () => {
    const { simulator, time, received, order } = stage({ callee: NEVER });
    await order('T1');
    simulator.pay('T1');
    const acked = expect(simulator.whenAcked('T1')).rejects.toMatchObject({ code: 'given_up' });
    await time.pass(3 * DAY);
    expect(received.map(({ at }) => at / 1000)).toEqual(SENDS);
    await acked;
    await simulator.whenQuiet();
    expect(simulator.describe('T1')).toMatchObject({ deliveries: 16, acks: 0 });
    expect(time.waiting()).toBe(0);
  });

  test('goes faster by the speed', async () => {
    const { simulator, time, received, order } = stage({ callee: NEVER, speed: 1000 });
    await order('T1');
    simulator.pay('T1');
    await time.pass(DAY / 1000 + 1000);
    expect(received.map(({ at }) => at)).toEqual(SENDS.map((seconds) => seconds));
  });

  test('an ack ends it', async () => {
    const { simulator, time, received, order } = stage({ callee: (n) => ({ errcode: n === 3 ? 0 : -1 }) });
    await order('T1');
    simulator.pay('T1');
    await time.pass(DAY * 3);
    await simulator.whenAcked('T1');
    await simulator.whenQuiet();
    expect(received.map(({ at }) => at / 1000)).toEqual([0, 15, 30]);
    expect(simulator.describe('T1')).toMatchObject({ deliveries: 3, acks: 1 });
  });

  test('who waits is told at the ack, without asking again', async () => {
    const { simulator, time, order } = stage();
    await order('T1');
    const acked = simulator.whenAcked('T1');
    simulator.pay('T1');
    await time.pass(0);
    await acked;
  });

  test.each<[string, () => unknown]>([
    ['the text "0"', () => ({ errcode: '0' })],
    ['the classic reply', () => ({ return_code: 'SUCCESS', return_msg: 'OK' })],
    ['camelCase', () => ({ errCode: 0 })],
    ['true', () => true],
    ['nothing', () => undefined],
    ['null', () => null],
    ['an array', () => [{ errcode: 0 }]],
    ['a JSON text', () => '{"errcode":0}'],
    ['an inherited code', () => inherited],
    [
      'an error',
      () => {
        throw new Error('boom');
      },
    ],
  ])('%s acks nothing: 15 repeats follow', async (_, callee) => {
    const { simulator, time, received, order } = stage({ callee });
    await order('T1');
    simulator.pay('T1');
    await time.pass(3 * DAY);
    expect(received).toHaveLength(16);
    expect(simulator.describe('T1')).toMatchObject({ acks: 0, order: { notification: { end: 'given_up' } } });
  });

  test('an answer after 5 s is too late, however fast the schedule', async () => {
    const late: (() => void)[] = [];
    const { simulator, time, received, order } = stage({
      speed: 100,
      callee: (n) =>
        n === 1 ? new Promise((resolve) => late.push(() => resolve({ errcode: 0 }))) : { errcode: 0 },
    });
    await order('T1');
    simulator.pay('T1');
    await time.pass(4999);
    expect(received).toHaveLength(1);
    await time.pass(1);
    late.forEach((answer) => answer());
    await time.pass(150);
    expect(received.map(({ at }) => at)).toEqual([0, 5150]);
    expect(simulator.describe('T1')?.order.notification?.deliveries.map(({ outcome }) => outcome)).toEqual([
      'timed_out',
      'acked',
    ]);
  });

  test('an answer just in time counts', async () => {
    const { simulator, time, order } = stage({
      callee: () => new Promise((resolve) => time.schedule(4999, () => resolve({ errcode: 0 }))),
    });
    await order('T1');
    simulator.pay('T1');
    await time.pass(4999);
    await simulator.whenAcked('T1');
  });
});

function matching(pattern: RegExp): unknown {
  return expect.stringMatching(pattern);
}

describe('the event', () => {
  test('has exactly the shape of a real one', async () => {
    const { simulator, time, received, order } = stage();
    await order('T1', { attach: '附加数据' });
    const { transactionId } = simulator.pay('T1');
    await time.pass(0);
    expect(received).toEqual([
      {
        at: 0,
        source: 'wx_paycallback',
        functionName: 'payCallback',
        event: {
          appid: 'wxd2d16a504f24665e',
          attach: '附加数据',
          bankType: 'OTHERS',
          cashFee: 100,
          feeType: 'CNY',
          isSubscribe: 'N',
          mchId: '1800008281',
          nonceStr: matching(/^[0-9a-f]{32}$/),
          openid: matching(/^o.{27}$/),
          outTradeNo: 'T1',
          resultCode: 'SUCCESS',
          returnCode: 'SUCCESS',
          subAppid: matching(/^wx[0-9a-f]{16}$/),
          subIsSubscribe: 'N',
          subMchId: '1606704502',
          subOpenid: 'oOjJw5Zbbbbbbbbbbbbbbbbbbbbb',
          timeEnd: '20260301120000',
          totalFee: 100,
          tradeType: 'JSAPI',
          transactionId,
          userInfo: {
            appId: matching(/^wx[0-9a-f]{16}$/),
            openId: 'oOjJw5Zbbbbbbbbbbbbbbbbbbbbb',
          },
        },
      },
    ]);
    expect(transactionId).toMatch(/^4200\d{6}20260301\d{10}$/);
    expect(received[0]?.event.openid).not.toBe(received[0]?.event.subOpenid);
  });

  test('is the same in every delivery, and one callee cannot spoil the next one’s', async () => {
    const { simulator, time, received, order } = stage({
      callee: (_, event) => {
        const snapshot = JSON.stringify(event);
        seen.push(snapshot);
        Reflect.deleteProperty(event, 'totalFee');
        return { errcode: 1 };
      },
    });
    const seen: string[] = [];
    await order('T1');
    simulator.pay('T1');
    await time.pass(60_000);
    expect(received).toHaveLength(4);
    expect(new Set(seen).size).toBe(1);
  });

  test.each([
    ['NO_CASH', 30, { cashFee: 70, couponFee: 30, settlementTotalFee: 70 }],
    ['CASH', 30, { cashFee: 70, couponFee: 30 }],
    ['NO_CASH', 100, { cashFee: 0, couponFee: 100, settlementTotalFee: 0 }],
  ] as const)('a %s coupon of %d', async (type, fee, expected) => {
    const { simulator, time, received, call, order } = stage();
    await order('T1');
    simulator.pay('T1', { coupon: { type, fee: fen(fee) } });
    await time.pass(0);
    const event = received[0]?.event;
    expect(event).toMatchObject({
      totalFee: 100,
      couponCount: 1,
      couponFee_0: fee,
      couponType_0: type,
      ...expected,
    });
    expect((event?.cashFee ?? 0) + (event?.couponFee ?? 0)).toBe(event?.totalFee);
    expect(event && 'settlementTotalFee' in event).toBe(type === 'NO_CASH');
    expect(
      await call('queryOrder', { sub_mch_id: '1606704502', nonce_str: 'n', out_trade_no: 'T1' }),
    ).toMatchObject({
      total_fee: 100,
      cash_fee: expected.cashFee,
      coupon_fee: fee,
      coupon_fee_0: fee,
      coupon_type_0: type,
    });
  });
});

describe('faults', () => {
  test('duplicates come one after another, and only after the ack', async () => {
    let inside = 0;
    const { simulator, time, received, order } = stage({
      callee: async () => {
        expect(++inside).toBe(1);
        await Promise.resolve();
        inside--;
        return { errcode: 0 };
      },
    });
    await order('T1');
    simulator.pay('T1', { faults: { duplicates: 3 } });
    const quiet = simulator.whenQuiet();
    await time.pass(0);
    await quiet;
    expect(received).toHaveLength(4);
    expect(simulator.describe('T1')).toMatchObject({ deliveries: 4, acks: 4 });
  });

  test('all is quiet only when the callee has ended with a duplicate that nobody waits for any longer', async () => {
    const open: (() => void)[] = [];
    const { simulator, time, received, order } = stage({
      callee: (n) =>
        n === 1 ? { errcode: 0 } : new Promise((resolve) => open.push(() => resolve({ errcode: 0 }))),
    });
    await order('T1');
    simulator.pay('T1', { faults: { duplicates: 1 } });
    let ended = false;
    const quiet = simulator.whenQuiet().then(() => (ended = true));
    await time.pass(10_000);
    expect([received.length, open.length, ended]).toEqual([2, 1, false]);
    open.forEach((answer) => answer());
    await quiet;
  });

  test('concurrent deliveries are all under way before any is answered', async () => {
    const open: (() => void)[] = [];
    const { simulator, time, received, order } = stage({
      callee: () => new Promise((resolve) => open.push(() => resolve({ errcode: 0 }))),
    });
    await order('T1');
    simulator.pay('T1', { faults: { concurrent: 5 } });
    await time.pass(0);
    expect(received).toHaveLength(5);
    open.forEach((answer) => answer());
    await simulator.whenQuiet();
    expect(simulator.describe('T1')).toMatchObject({ deliveries: 5, acks: 5 });
  });

  test('of concurrent deliveries one ack is enough', async () => {
    const { simulator, time, received, order } = stage({ callee: (n) => ({ errcode: n === 2 ? 0 : 1 }) });
    await order('T1');
    simulator.pay('T1', { faults: { concurrent: 3 } });
    await time.pass(3 * DAY);
    expect(received).toHaveLength(3);
    await simulator.whenAcked('T1');
  });

  test('a delay puts off the first send by exactly that', async () => {
    const { simulator, time, received, order } = stage({ speed: 100 });
    await order('T1');
    simulator.pay('T1', { faults: { delayMs: 4000 } });
    await time.pass(10_000);
    expect(received.map(({ at }) => at)).toEqual([4000]);
  });

  test.each([
    ['first', [15]],
    [3, [60]],
    ['all', []],
  ] as const)('lose %p', async (lose, arrivals) => {
    const { simulator, time, received, order } = stage();
    await order('T1');
    simulator.pay('T1', { faults: { lose } });
    await time.pass(3 * DAY);
    expect(received.map(({ at }) => at / 1000)).toEqual(arrivals);
    expect(simulator.describe('T1')).toMatchObject({ deliveries: arrivals.length, acks: arrivals.length });
    await simulator.whenQuiet();
  });

  test('a wrong amount is said by every path', async () => {
    const { simulator, time, received, call, order } = stage();
    await order('T1');
    simulator.pay('T1', { faults: { wrongAmount: fen(99) } });
    await time.pass(0);
    expect(received[0]?.event).toMatchObject({ totalFee: 99, cashFee: 99 });
    expect(
      await call('queryOrder', { sub_mch_id: '1606704502', nonce_str: 'n', out_trade_no: 'T1' }),
    ).toMatchObject({
      total_fee: 99,
    });
  });

  test.each([
    ['duplicates', { duplicates: -1 }],
    ['duplicates', { duplicates: 1.5 }],
    ['concurrent', { concurrent: 0 }],
    ['delayMs', { delayMs: NaN }],
    ['lose', { lose: 17 }],
  ])('%s out of reach changes nothing', async (name, faults) => {
    const { simulator, order } = stage();
    await order('T1');
    expect(() => simulator.pay('T1', { faults })).toThrow(SimulatorError);
    expect(() => simulator.pay('T1', { faults })).toThrow(name);
    expect(simulator.describe('T1')).toMatchObject({ order: { state: 'NOTPAY', notification: null } });
  });

  test('a coupon over more than the order changes nothing', async () => {
    const { simulator, order } = stage();
    await order('T1');
    const pay = () => simulator.pay('T1', { coupon: { type: 'CASH', fee: fen(101) } });
    expect(pay).toThrow(new SimulatorError('bad_coupon', 'a coupon must cover 1 to 100 fen of this order'));
    expect(simulator.describe('T1')).toMatchObject({ order: { state: 'NOTPAY' } });
  });
});

describe('a forgery', () => {
  test('has the shape of the real event, and leaves WeChat Pay as it was', async () => {
    const { simulator, time, received, order } = stage();
    await order('T1');
    await order('T2');
    simulator.pay('T2');
    await time.pass(0);
    const { event, answer } = await simulator.forge({ outTradeNo: 'T1', fields: { cashFee: 1 } });
    expect(answer).toEqual({ errcode: 0, errmsg: 'ok' });
    expect(received[1]).toMatchObject({ source: 'wx_client', event });
    expect(event).toMatchObject({ outTradeNo: 'T1', totalFee: 100, cashFee: 1 });
    const types = (of: object) => Object.entries(of).map(([name, value]) => [name, typeof value]);
    expect(types(event)).toEqual(types(received[0]?.event ?? {}));
    expect(simulator.describe('T1')).toMatchObject({ order: { state: 'NOTPAY' }, deliveries: 0 });
  });

  test('may be of an order nobody made, and claim any source', async () => {
    const { simulator, received } = stage();
    await simulator.forge({ outTradeNo: 'nobody', source: 'wx_paycallback', fields: { totalFee: 5 } });
    expect(received).toMatchObject([
      { source: 'wx_paycallback', event: { outTradeNo: 'nobody', totalFee: 5 } },
    ]);
    expect(simulator.describe('nobody')).toBeNull();
  });
});
