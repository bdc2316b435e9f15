import { gunzipSync } from 'node:zlib';
import type { V3Party } from '../../../lib/config/v3-party';
import type { Timers } from '../../../lib/runtime/timers';
import { dayOf } from '../../../lib/values/day';
import { fen } from '../../../lib/values/fen';
import { isOutRefundNo, isOutTradeNo, isPayerId } from '../../../lib/values/ids';
import { later } from '../../../lib/values/instant';
import { v3Channels } from '../../../lib/wechat/v3/channels';
import { readPaymentResource } from '../../../lib/wechat/v3/read-payment';
import { readRefundResource } from '../../../lib/wechat/v3/read-refund';
import { signedText, verifySignature } from '../../../lib/wechat/v3/verify';
import type { V3KeyMode } from '../../../lib/wechat/v3/keys/keys';
import { merchantKeys } from '../../../server/simulated/simulated-keys';
import { SIMULATED_HOSTS, simulatedTransport } from '../../../server/simulated/simulated-v3';
import { opened, v3Stage, type V3Stage } from '../../simulator/v3-stage';
import { keptLog, memoryState, merchant } from './stage';

const DIRECT: V3Party = { mode: 'direct', mchId: merchant('1900000001'), appId: 'wx0000000000000001' };
const PARTNER: V3Party = {
  ...{ mode: 'partner', spMchId: merchant('1900000009'), spAppId: 'wx0000000000000009' },
  ...{ subMchId: merchant('1900000011'), subAppId: 'wx0000000000000011' },
};

/** Pauses end at once, and limits never: nothing here hangs. */
const timers: Timers = {
  after(ms, then) {
    if (ms < 1_000) setImmediate(then);
    return () => undefined;
  },
};

function shop(party: V3Party, mode: V3KeyMode = 'public_key') {
  const on = v3Stage();
  const { log, lines } = keptLog();
  const transport = simulatedTransport(on.v3);
  const channels = v3Channels({
    transport,
    clock: on.time.clock,
    timers,
    random: () => 0.5,
    log,
    shared: memoryState(),
  });
  const signer = party.mode === 'direct' ? party.mchId : party.spMchId;
  const subMchId = party.mode === 'direct' ? party.mchId : party.subMchId;
  const keys = { ...merchantKeys(on.keys, signer), mode };
  const pay = channels.open({
    party,
    keys,
    hosts: SIMULATED_HOSTS,
    notifyUrls: {
      pay: 'https://shop.example/callback/v3/pay',
      refund: 'https://shop.example/callback/v3/refund',
    },
  });
  const [outTradeNo, outRefundNo, payer] = ['ORDER-1', 'R-1', 'oPayer-of-the-simulator_00001'];
  if (!isOutTradeNo(outTradeNo) || !isOutRefundNo(outRefundNo) || !isPayerId(payer))
    throw new TypeError('a sample');
  const order = { subMchId, outTradeNo };
  const draft = {
    ...{ ...order, total: fen(100), body: '茶', attach: 'table 7', payer, payerIp: '203.0.113.7' },
    expiresAt: later(on.time.clock.now(), 1_800_000),
  };
  const refund = { ...order, outRefundNo, total: fen(100), refund: fen(40), reason: '少一杯' };
  const prepay = () => pay.unifiedOrder({ ...draft, keptBody: pay.prepayBody(draft) });
  return { on, pay, lines, order, refund, prepay, keys, channels, draft };
}

async function paid(made: ReturnType<typeof shop>): Promise<void> {
  expect(await made.prepay()).toMatchObject({ kind: 'prepaid', payment: { signType: 'RSA' } });
  made.on.simulator.pay('ORDER-1');
  await made.on.time.pass(1_000);
}

function notified(on: V3Stage, event: string): unknown {
  const found = on.received.find((one) => opened(one, on.keys).envelope['event_type'] === event);
  return found === undefined ? null : opened(found, on.keys).resource;
}

describe.each([
  ['an own number', DIRECT],
  ['a service provider', PARTNER],
] as const)('under %s', (_name, party) => {
  it('an order is paid, refunded in part, reported and billed, and each answer is believed', async () => {
    const made = shop(party);
    const { on, pay, order, refund, lines } = made;
    expect(await pay.queryOrder(order)).toMatchObject({ kind: 'no_such_order' });
    await paid(made);
    const first = await pay.queryOrder(order);
    expect(first).toMatchObject({
      kind: 'paid',
      payment: { total: 100, subMchId: order.subMchId, attach: 'table 7' },
    });
    const told = readPaymentResource(notified(on, 'TRANSACTION.SUCCESS'));
    expect(told.kind === 'read' && told.payment).toEqual(first.kind === 'paid' && first.payment);
    expect(await made.prepay()).toMatchObject({ kind: 'refused', code: 'already_paid' });
    expect(await pay.closeOrder(order)).toEqual({ kind: 'already_paid' });

    expect(await pay.queryRefund(refund)).toEqual({ kind: 'no_such_refund' });
    expect(await pay.refund(refund)).toMatchObject({ kind: 'accepted', refund: 40 });
    expect(await pay.refund(refund)).toMatchObject({ kind: 'accepted', refund: 40 });
    await on.time.pass(5_000);
    expect(await pay.queryRefund(refund)).toMatchObject({ kind: 'refund', state: 'succeeded', refund: 40 });
    expect(readRefundResource(notified(on, 'REFUND.SUCCESS'))).toMatchObject({
      refund: { state: 'succeeded', refund: 40 },
    });
    expect(await pay.queryOrder(order)).toMatchObject({
      kind: 'paid_then_refunded',
      payment: { total: 100 },
    });

    const day = dayOf(on.time.clock.now());
    const bill = { subMchId: order.subMchId, day, type: 'ALL', gzip: true } as const;
    expect(await pay.downloadBill(bill)).toMatchObject({ kind: 'no_bill' });
    await on.time.pass(26 * 3_600_000);
    const file = await pay.downloadBill(bill);
    if (file.kind !== 'bill') throw new Error(`no bill: ${JSON.stringify(file)}`);
    expect(gunzipSync(file.bytes).toString('utf8')).toContain('ORDER-1');
    expect(lines.filter(({ event }) => event === 'v3_unverified')).toHaveLength(0);
  });

  it('an unpaid order is closed, and a number that does not exist is not', async () => {
    const made = shop(party);
    await made.prepay();
    expect(await made.pay.closeOrder(made.order)).toEqual({ kind: 'closed' });
    expect(await made.prepay()).toMatchObject({ kind: 'refused', code: 'already_closed' });
    const other = 'ORDER-2';
    if (!isOutTradeNo(other)) throw new TypeError('a sample');
    expect(await made.pay.closeOrder({ ...made.order, outTradeNo: other })).toEqual({
      kind: 'no_such_order',
    });
  });

  it('an order asked for again with other values is refused, and with its kept body is not', async () => {
    const made = shop(party);
    const keptBody = made.pay.prepayBody(made.draft);
    await made.prepay();
    const changed = { ...made.draft, body: '咖啡' };
    expect(await made.pay.unifiedOrder({ ...changed, keptBody: null })).toMatchObject({
      code: 'number_used',
    });
    expect(await made.pay.unifiedOrder({ ...changed, keptBody })).toMatchObject({ kind: 'prepaid' });
  });
});

describe('an answer that is spoiled', () => {
  it.each([
    ['unsigned', 'unverified'],
    ['tampered', 'unverified'],
    ['unknown_key', 'unverified'],
  ] as const)('%s, proves nothing', async (kind, reason) => {
    const made = shop(DIRECT);
    await paid(made);
    made.on.v3.disturb({ api: 'queryOrder', fault: { kind } });
    expect(await made.pay.queryOrder(made.order)).toMatchObject({ kind: 'unknown', reason });
    expect(await made.pay.queryOrder(made.order)).toMatchObject({ kind: 'paid' });
  });

  it('by a probe, an internal error, a page or a broken connection, is asked for again', async () => {
    const made = shop(DIRECT);
    await paid(made);
    for (const kind of ['signtest', 'system_error', 'html', 'lost_answer', 'lost_request'] as const) {
      made.on.v3.disturb({ api: 'queryOrder', fault: { kind } });
      expect(await made.pay.queryOrder(made.order)).toMatchObject({ kind: 'paid' });
    }
  });

  it('of a refund, is looked up by number, and the refund is made once', async () => {
    for (const fault of [
      { kind: 'lost_answer' },
      { kind: 'system_error', takesEffect: true },
      { kind: 'signtest' },
    ] as const) {
      const made = shop(DIRECT);
      await paid(made);
      made.on.v3.disturb({ api: 'refund', fault });
      expect(await made.pay.refund(made.refund)).toMatchObject({ kind: 'accepted', refund: 40 });
    }
  });

  it.each(['wrong_hash', 'foreign_host'] as const)('%s of a bill is refused', async (kind) => {
    const made = shop(DIRECT);
    await paid(made);
    const day = dayOf(made.on.time.clock.now());
    await made.on.time.pass(26 * 3_600_000);
    const bill = { subMchId: made.order.subMchId, day, type: 'ALL', gzip: false } as const;
    made.on.v3.disturb({ api: 'downloadBill', fault: { kind } });
    expect(await made.pay.downloadBill(bill)).toMatchObject({ kind: 'unknown', reason: 'unverified' });
    expect(await made.pay.downloadBill(bill)).toMatchObject({ kind: 'bill' });
  });
});

describe('WeChat Pay itself', () => {
  it('answers on its backup host while the first is down', async () => {
    const made = shop(DIRECT);
    made.on.v3.change({ hosts: 'first_down' });
    expect(await made.prepay()).toMatchObject({ kind: 'prepaid' });
    made.on.v3.change({ hosts: 'both_down' });
    expect(await made.pay.queryOrder(made.order)).toMatchObject({ kind: 'unknown', reason: 'transport' });
  });

  it.each([-600, 600])('says that the clocks differ by %d s', async (clockAheadSeconds) => {
    const made = shop(DIRECT);
    made.on.v3.change({ clockAheadSeconds });
    expect(await made.pay.queryOrder(made.order)).toMatchObject({ kind: 'unknown', reason: 'clock' });
    expect(made.lines.map(({ event }) => event)).toContain('v3_clock_differs');
  });

  it('changes its certificate, and then to a public key, and is believed all the way', async () => {
    const made = shop(DIRECT, 'certificates');
    made.on.v3.change({ keys: 'certificate' });
    await paid(made);
    const stages = [
      'certificate_announced',
      'certificates_both',
      'certificate_replaced',
      'to_public_key',
    ] as const;
    for (const keys of stages) {
      made.on.v3.change({ keys });
      await made.on.time.pass(3_600_000);
      for (let n = 0; n < 4; n += 1) {
        expect(await made.pay.queryOrder(made.order)).toMatchObject({ kind: 'paid' });
      }
    }
    made.on.v3.change({ keys: 'unknown_key' });
    expect(await made.pay.queryOrder(made.order)).toMatchObject({ kind: 'unknown', reason: 'unverified' });
  });

  it('signs its notifications so that ours verify', async () => {
    const made = shop(DIRECT);
    await paid(made);
    const [delivery] = made.on.received;
    if (delivery === undefined) throw new Error('nothing was delivered');
    const signed = signedText(lowerCased(delivery.headers), delivery.body);
    const { wechatKeys } = made.keys;
    expect(verifySignature(signed, wechatKeys, made.on.time.clock.now())).toMatchObject({ kind: 'valid' });
    const changed = { ...signed, body: Buffer.concat([signed.body, Buffer.from(' ')]) };
    expect(verifySignature(changed, wechatKeys, made.on.time.clock.now())).toEqual({ kind: 'invalid' });
    expect(verifySignature(signed, wechatKeys, later(made.on.time.clock.now(), 600_000))).toMatchObject({
      kind: 'clock',
    });
  });
});

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
