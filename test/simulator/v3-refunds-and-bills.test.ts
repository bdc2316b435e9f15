import { constants, createHash, createPublicKey, publicEncrypt } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { verifyStatement } from '../../lib/bill/read';
import { isBeijingDay, startOf } from '../../lib/values/day';
import { readAll } from '../statement/bill';
import type { V3Delivery } from '../../simulator/v3/http';
import type { SimulatedParty } from '../../simulator/v3/party';
import { asked, DIRECT, opened, PARTNER, provenBy, v3Stage, type V3Stage } from './v3-stage';

const REFUNDS = '/v3/refund/domestic/refunds';
const NOTIFY = 'https://shop.example/callback/v3/refund';

async function paid(on: V3Stage, outTradeNo = 'ORDER-1', party: SimulatedParty = DIRECT, total = 100) {
  const at = party.mode === 'direct' ? '/v3/pay/transactions' : '/v3/pay/partner/transactions';
  const body = asked(party, outTradeNo, { amount: { total, currency: 'CNY' } });
  expect((await on.call('POST', `${at}/jsapi`, body)).answer.status).toBe(200);
  const payment = on.simulator.pay(outTradeNo);
  await on.time.pass(1_000);
  return payment;
}

function wanted(outRefundNo: string, refund: number, more: object = {}) {
  return {
    out_trade_no: 'ORDER-1',
    out_refund_no: outRefundNo,
    notify_url: NOTIFY,
    amount: { refund, total: 100, currency: 'CNY' },
    ...more,
  };
}

const events = (on: V3Stage) =>
  on.received.map((delivery: V3Delivery) => opened(delivery, on.keys).envelope['event_type']);

describe('a refund through the simulated API v3', () => {
  test('is accepted, ends, is notified, and its state is provable', async () => {
    const on = v3Stage();
    const { transactionId } = await paid(on);
    const accepted = await on.call('POST', REFUNDS, wanted('R-1', 40));
    expect(accepted).toMatchObject({
      signature: 'valid',
      fields: { out_refund_no: 'R-1', transaction_id: transactionId, status: 'PROCESSING' },
    });
    await on.time.pass(3_000);
    const { fields } = await on.call('GET', `${REFUNDS}/R-1`);
    expect(fields).toMatchObject({
      status: 'SUCCESS',
      success_time: '2026-03-01T12:00:04+08:00',
      amount: { total: 100, refund: 40, payer_refund: 40, settlement_refund: 40, currency: 'CNY' },
    });
    expect(events(on)).toEqual(['TRANSACTION.SUCCESS', 'REFUND.SUCCESS']);
    const delivery = on.received[1];
    expect(delivery && [delivery.path, provenBy(delivery, on.keys)]).toEqual([
      '/callback/v3/refund',
      'valid',
    ]);
    expect(delivery && opened(delivery, on.keys).resource).toMatchObject({
      mchid: '1900000001',
      out_refund_no: 'R-1',
      refund_status: 'SUCCESS',
      amount: { total: 100, refund: 40, payer_total: 100, payer_refund: 40 },
    });
    // A partial refund makes the order REFUND, and it still says how much was paid.
    const order = await on.call('GET', '/v3/pay/transactions/out-trade-no/ORDER-1?mchid=1900000001');
    expect(order.fields).toMatchObject({ trade_state: 'REFUND', amount: { total: 100 } });
    // Asked again it is the same refund.
    expect((await on.call('POST', REFUNDS, wanted('R-1', 40))).fields['refund_id']).toBe(fields['refund_id']);
  });

  test('without an address is not notified', async () => {
    const on = v3Stage();
    await paid(on);
    await on.call('POST', REFUNDS, wanted('R-1', 40, { notify_url: undefined }));
    await on.time.pass(60_000);
    expect(events(on)).toEqual(['TRANSACTION.SUCCESS']);
  });

  test.each([
    ['of too much', wanted('R-1', 101), 400, 'PARAM_ERROR'],
    ['of more than is left', wanted('R-2', 61), 400, 'INVALID_REQUEST'],
    ['of another amount under its number', wanted('R-0', 41), 400, 'INVALID_REQUEST'],
    ['of no order', { ...wanted('R-1', 40), out_trade_no: 'NOBODYS' }, 404, 'RESOURCE_NOT_EXISTS'],
    ['without a currency', wanted('R-1', 40, { amount: { refund: 1, total: 100 } }), 400, 'PARAM_ERROR'],
    ['of both numbers', wanted('R-1', 40, { transaction_id: '42000' }), 400, 'PARAM_ERROR'],
  ])('%s is refused, and the answer is signed', async (_name, body, status, code) => {
    const on = v3Stage();
    await paid(on);
    await on.call('POST', REFUNDS, wanted('R-0', 40));
    const { answer, fields, signature } = await on.call('POST', REFUNDS, body);
    expect([answer.status, fields['code'], signature]).toEqual([status, code, 'valid']);
  });

  test('that is abnormal is applied for again with an encrypted bank card, and then succeeds', async () => {
    const on = v3Stage();
    await paid(on);
    on.simulator.scriptRefund('R-1', { outcome: 'abnormal' });
    await on.call('POST', REFUNDS, wanted('R-1', 100));
    await on.time.pass(3_000);
    const { fields } = await on.call('GET', `${REFUNDS}/R-1`);
    expect(fields['status']).toBe('ABNORMAL');
    const key = createPublicKey(on.keys.wechatKey);
    const secret = (text: string) =>
      publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING }, Buffer.from(text)).toString('base64');
    const path = `${REFUNDS}/${String(fields['refund_id'])}/apply-abnormal-refund`;
    const body = { out_refund_no: 'R-1', type: 'USER_BANK_CARD', bank_type: 'ICBC_DEBIT' };
    expect((await on.call('POST', path, body)).fields['code']).toBe('PARAM_ERROR');
    const applied = { ...body, bank_account: secret('6222'), real_name: secret('张三') };
    expect((await on.call('POST', path, applied)).fields['status']).toBe('PROCESSING');
    await on.time.pass(1_000);
    expect((await on.call('GET', `${REFUNDS}/R-1`)).fields['status']).toBe('SUCCESS');
    expect(events(on)).toEqual(['TRANSACTION.SUCCESS', 'REFUND.ABNORMAL', 'REFUND.SUCCESS']);
  });

  test('of a provider’s merchant is its own only', async () => {
    const on = v3Stage();
    await paid(on, 'ORDER-1', PARTNER);
    const mine = { sub_mchid: '1900000011' };
    expect((await on.call('POST', REFUNDS, wanted('R-1', 40, mine))).answer.status).toBe(200);
    await on.time.pass(3_000);
    expect((await on.call('GET', `${REFUNDS}/R-1?sub_mchid=1900000011`)).fields['status']).toBe('SUCCESS');
    expect((await on.call('GET', `${REFUNDS}/R-1?sub_mchid=1900000012`)).answer.status).toBe(404);
    expect((await on.call('GET', `${REFUNDS}/R-1`)).answer.status).toBe(404);
    expect(on.received[1] && opened(on.received[1], on.keys).resource).toMatchObject({
      sp_mchid: '1900000009',
      sub_mchid: '1900000011',
    });
  });
});

describe('a notification through API v3', () => {
  test('is signed anew at each delivery, and otherwise the same', async () => {
    const on = v3Stage({ callee: (call) => (call < 3 ? 500 : 200) });
    await paid(on);
    await on.time.pass(60_000);
    const stamps = on.received.map(({ headers }) => Number(headers['wechatpay-timestamp']));
    expect(stamps.map((at) => at - (stamps[0] ?? 0))).toEqual([0, 15, 30]);
    expect(new Set(on.received.map(({ body }) => body.toString())).size).toBe(1);
    expect(on.received.map((one) => provenBy(one, on.keys))).toEqual(['valid', 'valid', 'valid']);
  });

  test('may be preceded by probes with a bad signature', async () => {
    const on = v3Stage({
      callee: (_call, { headers }) =>
        headers['wechatpay-signature']?.startsWith('WECHATPAY/SIGNTEST/') === true ? 401 : 204,
    });
    await on.call('POST', '/v3/pay/transactions/jsapi', asked(DIRECT, 'ORDER-1'));
    on.simulator.pay('ORDER-1', { faults: { probes: 2 } });
    await on.time.pass(60_000);
    expect(on.received.map((one) => provenBy(one, on.keys))).toEqual(['invalid', 'invalid', 'valid']);
    expect(on.simulator.describe('ORDER-1')).toMatchObject({ acks: 1 });
  });

  test('is signed with both keys in turn while they change', async () => {
    const on = v3Stage({ callee: () => 500 });
    on.v3.change({ keys: 'to_public_key' });
    await paid(on);
    await on.time.pass(30_000);
    const serials = on.received.map(({ headers }) => headers['wechatpay-serial']);
    const certificate = on.keys.certificates()[0].serial;
    expect(serials.slice(0, 2).sort()).toEqual([certificate, on.keys.wechatKeyId].sort());
  });

  test('of an echo comes to the address named', async () => {
    const on = v3Stage();
    const message = { echo_message: 'hello', notify_url: 'https://shop.example/callback/v3/pay' };
    const { fields } = await on.call('POST', '/v3/security/echo', message, { signer: '1900000009' });
    expect(fields).toEqual({ echo_message: 'hello' });
    await on.time.pass(1);
    expect(events(on)).toEqual(['SECURITY_ECHO.SUCCESS']);
    expect((await on.call('POST', '/v3/security/echo', message)).answer.status).toBe(403);
  });
});

describe('a bill through the simulated API v3', () => {
  const DAY = '20260301';
  const TRADE = '/v3/bill/tradebill?bill_date=2026-03-01';
  const tomorrow = (on: V3Stage, hours: number) => {
    if (!isBeijingDay(DAY)) throw new TypeError('a day');
    return on.time.pass(startOf(DAY) + (24 + hours) * 3_600_000 - on.time.clock.now());
  };
  /** The signed path of a download address. */
  const pathOf = (fields: Readonly<Record<string, unknown>>) =>
    String(fields['download_url']).replace('http://simulator.local/simulator', '');

  test.each([true, false])('takes two steps and hashes what is not compressed, gzip: %s', async (gzip) => {
    const on = v3Stage();
    await paid(on);
    await on.call('POST', REFUNDS, wanted('R-1', 40));
    await tomorrow(on, 10);
    const { fields, signature } = await on.call('GET', `${TRADE}${gzip ? '&tar_type=GZIP' : ''}`);
    expect(signature).toBe('valid');
    const file = await on.call('GET', pathOf(fields));
    expect([file.answer.status, file.signature]).toEqual([200, 'none']);
    const plain = gzip ? gunzipSync(file.answer.body) : file.answer.body;
    expect(createHash('sha1').update(plain).digest('hex')).toBe(fields['hash_value']);
    expect(await verifyStatement([file.answer.body])).toMatchObject({ kind: 'verified', gzipped: gzip });
    const { rows } = await readAll([file.answer.body]);
    expect(rows.map(({ kind, outTradeNo }) => [kind, outTradeNo]).sort()).toEqual([
      ['payment', 'ORDER-1'],
      ['refund', 'ORDER-1'],
    ]);
    expect(plain.toString()).toContain('`wx0000000000000001,`1900000001,`0,');
    // A provider sees nothing of it, and may not fetch it.
    expect((await on.call('GET', TRADE, undefined, { signer: '1900000009' })).fields['code']).toBe(
      'NO_STATEMENT_EXIST',
    );
    expect((await on.call('GET', pathOf(fields), undefined, { signer: '1900000009' })).answer.status).toBe(
      403,
    );
    await on.time.pass(5 * 60_000);
    expect((await on.call('GET', pathOf(fields))).answer.status).toBe(400);
  });

  test('is not there, being made, or never: three hours, two answers', async () => {
    const on = v3Stage();
    await paid(on);
    const code = async (path = TRADE) => {
      const { answer, fields } = await on.call('GET', path);
      return [answer.status, fields['code']];
    };
    await tomorrow(on, 8.5);
    expect(await code()).toEqual([400, 'NO_STATEMENT_EXIST']);
    await tomorrow(on, 9.5);
    expect(await code()).toEqual([400, 'STATEMENT_CREATING']);
    await tomorrow(on, 10);
    expect(await code()).toEqual([200, undefined]);
    expect(await code('/v3/bill/tradebill?bill_date=2026-02-28')).toEqual([400, 'NO_STATEMENT_EXIST']);
    expect(await code('/v3/bill/tradebill?bill_date=20260301')).toEqual([400, 'PARAM_ERROR']);
  });

  test('of a provider is one for all its merchants, or one of them', async () => {
    const on = v3Stage();
    await paid(on, 'ORDER-1', PARTNER);
    await paid(on, 'ORDER-2', DIRECT);
    await tomorrow(on, 10);
    for (const [more, answered] of [
      ['', 200],
      ['&sub_mchid=1900000011', 200],
      ['&sub_mchid=1900000012', 400],
    ] as const) {
      const { answer, fields } = await on.call('GET', TRADE + more, undefined, { signer: '1900000009' });
      expect(answer.status).toBe(answered);
      if (answered !== 200) continue;
      const file = await on.call('GET', pathOf(fields), undefined, { signer: '1900000009' });
      expect(file.answer.body.toString()).toContain('`wx0000000000000009,`1900000009,`1900000011,');
      expect(file.answer.body.toString()).not.toContain('ORDER-2');
    }
  });

  test('of the fund flow sums every movement with its balance', async () => {
    const on = v3Stage();
    await paid(on, 'ORDER-1', DIRECT, 10_000);
    await on.call(
      'POST',
      REFUNDS,
      wanted('R-1', 40, { amount: { refund: 4_000, total: 10_000, currency: 'CNY' } }),
    );
    await tomorrow(on, 10);
    const { fields } = await on.call('GET', '/v3/bill/fundflowbill?bill_date=2026-03-01');
    const { answer } = await on.call('GET', pathOf(fields));
    const lines = answer.body.toString().trimEnd().split('\n');
    expect(lines[0]?.split(',')).toHaveLength(11);
    expect(lines.slice(1, 5).map((line) => line.replaceAll('`', '').split(',').slice(4, 8))).toEqual([
      ['交易', '收入', '100.00', '100.00'],
      ['扣除交易手续费', '支出', '0.60', '99.40'],
      ['退款', '支出', '40.00', '59.40'],
      ['退还交易手续费', '收入', '0.24', '59.64'],
    ]);
    expect(lines.at(-1)).toBe('`4,`2,`100.24,`2,`40.60');
    const partner = await on.call('GET', '/v3/bill/fundflowbill?bill_date=2026-03-01', undefined, {
      signer: '1900000009',
    });
    expect(partner.fields['code']).toBe('NO_STATEMENT_EXIST');
  });

  test('may have a wrong hash or a foreign address on request, and errors planted in it', async () => {
    const on = v3Stage();
    await paid(on);
    await tomorrow(on, 10);
    on.v3.disturb({ api: 'downloadBill', fault: { kind: 'wrong_hash' } });
    on.v3.disturb({ api: 'downloadBill', fault: { kind: 'foreign_host' } });
    expect((await on.call('GET', TRADE)).fields['hash_value']).toMatch(/^0+$/);
    expect((await on.call('GET', TRADE)).fields['download_url']).toMatch(/^http:\/\/bills\.example\//);
    on.simulator.plant({ class: 'missing_payment', outTradeNo: 'ORDER-1' });
    expect((await on.call('GET', TRADE)).fields['code']).toBe('NO_STATEMENT_EXIST');
  });
});
