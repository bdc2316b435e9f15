import { generateKeyPairSync } from 'node:crypto';
import { fen } from '../../lib/values/fen';
import { isRecord } from '../../lib/values/json';
import { openidAtProvider } from '../../simulator/event';
import { memoryJournal } from '../../simulator/journal';
import {
  asked,
  decrypted,
  DIRECT,
  opened,
  OTHER_SUB,
  PARTNER,
  provenBy,
  v3Stage,
  type V3Stage,
} from './v3-stage';

const JSAPI = '/v3/pay/transactions/jsapi';
const ORDER = '/v3/pay/transactions/out-trade-no/ORDER-1';

async function order(on: V3Stage, outTradeNo = 'ORDER-1', more: object = {}): Promise<void> {
  const { fields } = await on.call('POST', JSAPI, asked(DIRECT, outTradeNo, more));
  expect(fields['prepay_id']).toMatch(/^wx/);
}

describe('an order through the simulated API v3', () => {
  test('is made, paid, notified and queried by a merchant with its own number', async () => {
    const on = v3Stage();
    await order(on, 'ORDER-1', { attach: 'cart 7' });
    const before = await on.call('GET', `${ORDER}?mchid=1900000001`);
    expect(before.fields).toEqual({
      appid: 'wx0000000000000001',
      mchid: '1900000001',
      out_trade_no: 'ORDER-1',
      trade_state: 'NOTPAY',
      trade_state_desc: '订单未支付',
    });
    const { transactionId } = on.simulator.pay('ORDER-1', { coupon: { type: 'NO_CASH', fee: fen(30) } });
    await on.time.pass(1_000);
    const paid = {
      transaction_id: transactionId,
      trade_state: 'SUCCESS',
      attach: 'cart 7',
      success_time: '2026-03-01T12:00:00+08:00',
      payer: { openid: 'oPayer' },
      amount: { total: 100, payer_total: 70, currency: 'CNY', payer_currency: 'CNY' },
      promotion_detail: [expect.objectContaining({ type: 'NOCASH', amount: 30 })],
    };
    for (const path of [ORDER, `/v3/pay/transactions/id/${transactionId}`]) {
      const after = await on.call('GET', `${path}?mchid=1900000001`);
      expect(after).toMatchObject({ answer: { status: 200 }, fields: paid, signature: 'valid' });
    }
    const [delivery] = on.received;
    expect(delivery?.path).toBe('/callback/v3/pay');
    expect(delivery && provenBy(delivery, on.keys)).toBe('valid');
    expect(delivery && opened(delivery, on.keys)).toMatchObject({
      envelope: { event_type: 'TRANSACTION.SUCCESS', resource_type: 'encrypt-resource' },
      resource: { mchid: '1900000001', ...paid },
    });
  });

  test('names provider and merchant when it is made under a provider', async () => {
    const on = v3Stage();
    const path = '/v3/pay/partner/transactions';
    expect((await on.call('POST', `${path}/jsapi`, asked(PARTNER, 'ORDER-1'))).answer.status).toBe(200);
    on.simulator.pay('ORDER-1');
    await on.time.pass(1_000);
    const query = `${path}/out-trade-no/ORDER-1?sp_mchid=1900000009&sub_mchid=`;
    const owners = {
      sp_mchid: '1900000009',
      sub_mchid: '1900000011',
      sp_appid: 'wx0000000000000009',
      sub_appid: 'wx0000000000000011',
      payer: { sub_openid: 'oPayer', sp_openid: openidAtProvider('oPayer') },
    };
    expect((await on.call('GET', `${query}1900000011`)).fields).toMatchObject(owners);
    expect((await on.call('GET', `${query}1900000012`)).fields).toMatchObject({ code: 'ORDER_NOT_EXIST' });
    expect((await on.call('GET', `${query}1900000013`)).answer.status).toBe(403);
    expect(on.received[0] && opened(on.received[0], on.keys).resource).toMatchObject(owners);
    // One number space per provider.
    const other = await on.call('POST', `${path}/jsapi`, asked(OTHER_SUB, 'ORDER-1'));
    expect(other).toMatchObject({ answer: { status: 403 }, fields: { code: 'OUT_TRADE_NO_USED' } });
  });

  test('is answered the same when its first body comes again, and refused with any change', async () => {
    const on = v3Stage();
    const first = await on.call('POST', JSAPI, asked(DIRECT, 'ORDER-1'));
    expect((await on.call('POST', JSAPI, asked(DIRECT, 'ORDER-1'))).fields).toEqual(first.fields);
    for (const more of [
      { description: '两杯茶' },
      { amount: { total: 101, currency: 'CNY' } },
      { payer: { openid: 'oOther' } },
      { attach: 'x' },
      { notify_url: 'https://shop.example/other' },
      { scene_info: { payer_client_ip: '203.0.113.7' } },
    ]) {
      const { answer, signature } = await on.call('POST', JSAPI, asked(DIRECT, 'ORDER-1', more));
      expect(answer.headers['request-id']).toMatch(/-268498688$/);
      expect(signature).toBe('valid');
    }
    on.simulator.pay('ORDER-1');
    const paid = await on.call('POST', JSAPI, asked(DIRECT, 'ORDER-1'));
    expect(paid.answer.headers['request-id']).toMatch(/-268449538$/);
  });

  test('is closed with 204, like any number that does not exist, unless it is paid', async () => {
    const on = v3Stage();
    await order(on);
    const close = () => on.call('POST', `${ORDER}/close`, { mchid: '1900000001' });
    for (let time = 0; time < 2; time++)
      expect(await close()).toMatchObject({ answer: { status: 204 }, signature: 'valid' });
    expect((await on.call('GET', `${ORDER}?mchid=1900000001`)).fields['trade_state']).toBe('CLOSED');
    const unknown = '/v3/pay/transactions/out-trade-no/NOBODYS/close';
    expect((await on.call('POST', unknown, { mchid: '1900000001' })).answer.status).toBe(204);
    expect(await on.call('POST', JSAPI, asked(DIRECT, 'ORDER-1'))).toMatchObject({
      fields: { code: 'ORDER_CLOSED' },
    });
    await order(on, 'ORDER-2');
    on.simulator.pay('ORDER-2');
    const paid = await on.call('POST', '/v3/pay/transactions/out-trade-no/ORDER-2/close', {
      mchid: '1900000001',
    });
    expect(paid).toMatchObject({ answer: { status: 400 }, fields: { code: 'ORDER_PAID' } });
  });

  test('survives a restart with its notification', async () => {
    const journal = memoryJournal();
    const before = v3Stage({ journal, callee: () => 500 });
    await order(before);
    before.simulator.pay('ORDER-1');
    await before.time.pass(1_000);
    before.simulator.stop();
    const after = v3Stage({ journal, time: before.time });
    await after.time.pass(15_000);
    expect(after.simulator.describe('ORDER-1')).toMatchObject({ acks: 1, deliveries: 2 });
    expect(after.received[0]?.body).toEqual(before.received[0]?.body);
  });
});

describe('a request to the simulated API v3', () => {
  test.each([
    ['a description of 130 bytes', { description: '茶'.repeat(43) + 'a' }, 130],
    ['an order number of 5', { out_trade_no: '12345' }, 5],
    ['an attach of 129 bytes', { attach: 'x'.repeat(129) }, 129],
  ])('is refused for %s, and `detail` says how many', async (_name, more, value) => {
    const on = v3Stage();
    const { answer, fields, signature } = await on.call('POST', JSAPI, asked(DIRECT, 'ORDER-1', more));
    expect({ status: answer.status, ...fields, signature }).toMatchObject({
      status: 400,
      code: 'PARAM_ERROR',
      detail: { value, location: 'body' },
      signature: 'valid',
    });
  });

  test.each([
    ['an unknown field', { surprise: 1 }],
    ['an amount as text', { amount: { total: '100' } }],
    ['no amount at all', { amount: { total: 0 } }],
    ['an address with a query', { notify_url: 'https://shop.example/pay?x=1' }],
    ['an address without TLS', { notify_url: 'http://shop.example/pay' }],
    ['an emoji', { description: '🍵' }],
    ['null', { attach: null }],
    ['a time without a zone', { time_expire: '2026-03-01T13:00:00' }],
  ])('is refused for %s', async (_name, more) => {
    const { fields } = await v3Stage().call('POST', JSAPI, asked(DIRECT, 'ORDER-1', more));
    expect(fields['code']).toBe('PARAM_ERROR');
  });

  test('is refused unsigned before anything else when its signature does not hold', async () => {
    const on = v3Stage();
    const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const body = asked(DIRECT, 'ORDER-1');
    for (const wrong of [
      { authorization: '' },
      { key: stranger },
      { serial: '4'.repeat(40) },
      { signer: '1900000099' },
      { clockAhead: 301 },
      { clockAhead: -301 },
      { sent: Buffer.from(JSON.stringify({ ...body, amount: { total: 1 } })) },
    ]) {
      const { answer, fields, signature } = await on.call('POST', JSAPI, body, wrong);
      expect([answer.status, fields['code'], signature]).toEqual([401, 'SIGN_ERROR', 'none']);
      expect(String(fields['message']).includes('5分钟')).toBe('clockAhead' in wrong);
    }
    expect((await on.call('POST', JSAPI, body, { clockAhead: 299 })).answer.status).toBe(200);
    expect((await on.call('GET', ORDER)).answer.status).toBe(401);
    expect(await on.call('GET', '/v3/nothing')).toMatchObject({
      answer: { status: 404, body: Buffer.alloc(0) },
    });
    expect((await on.call('GET', JSAPI)).answer.status).toBe(405);
    const withoutAgent = { headers: { 'user-agent': '' } };
    expect((await on.call('GET', '/v3/certificates', undefined, withoutAgent)).answer.status).toBe(400);
    expect((await on.call('POST', JSAPI, body, withoutAgent)).answer.status).toBe(200);
  });

  test('of another app, or of a merchant under another mode, is refused', async () => {
    const on = v3Stage();
    const other = await on.call('POST', JSAPI, asked(DIRECT, 'ORDER-1', { appid: 'wx0000000000000002' }));
    expect(other.fields['code']).toBe('APPID_MCHID_NOT_MATCH');
    const partnerAsDirect = asked(DIRECT, 'ORDER-1', { mchid: '1900000009' });
    const refused = await on.call('POST', JSAPI, partnerAsDirect, { signer: '1900000009' });
    expect(refused).toMatchObject({ answer: { status: 403 }, fields: { code: 'NO_AUTH' } });
    expect((await on.call('POST', JSAPI, partnerAsDirect)).answer.status).toBe(401);
  });
});

describe('the keys of the simulated API v3', () => {
  const query = (on: V3Stage, serial = on.keys.wechatKeyId) =>
    on.call('GET', `${ORDER}?mchid=1900000001`, undefined, { headers: { 'wechatpay-serial': serial } });
  const listed = async (on: V3Stage) => {
    const { fields } = await on.call('GET', '/v3/certificates');
    const data: unknown = fields['data'];
    return Array.isArray(data) ? data.map((one: { serial_no: string }) => one.serial_no) : fields['code'];
  };
  const signed = async (on: V3Stage, serial?: string) => {
    const { answer, signature } = await query(on, serial);
    return signature === 'valid' ? answer.headers['wechatpay-serial'] : signature;
  };

  test('change in the middle: announced, both sign, replaced, and over to the public key', async () => {
    const on = v3Stage();
    const [first, second] = on.keys.certificates().map(({ serial }) => serial);
    expect(await listed(on)).toBe('RESOURCE_NOT_EXISTS');
    expect(await signed(on)).toBe(on.keys.wechatKeyId);

    on.v3.change({ keys: 'certificate' });
    expect([await listed(on), await signed(on)]).toEqual([[first], first]);
    on.v3.change({ keys: 'certificate_announced' });
    expect([await listed(on), await signed(on)]).toEqual([[first, second], first]);
    on.v3.change({ keys: 'certificates_both' });
    await order(on);
    expect(new Set([await signed(on), await signed(on)])).toEqual(new Set([first, second]));
    on.v3.change({ keys: 'certificate_replaced' });
    expect([await listed(on), await signed(on)]).toEqual([[second], second]);
    on.v3.change({ keys: 'to_public_key' });
    expect([await signed(on), await signed(on, first), await signed(on, '')]).toEqual([
      on.keys.wechatKeyId,
      first,
      first,
    ]);
    on.v3.change({ keys: 'unknown_key' });
    expect(await signed(on)).toBe('invalid');
  });

  test('are handed out as certificates encrypted with the APIv3 key', async () => {
    const on = v3Stage();
    on.v3.change({ keys: 'certificate' });
    const { fields } = await on.call('GET', '/v3/certificates');
    expect(fields).toMatchObject({ data: [{ encrypt_certificate: { associated_data: 'certificate' } }] });
    const entries: readonly unknown[] = Array.isArray(fields['data']) ? fields['data'] : [];
    const [entry] = entries;
    const sealed =
      isRecord(entry) && isRecord(entry['encrypt_certificate']) ? entry['encrypt_certificate'] : {};
    expect(decrypted(sealed, on.keys)).toBe(on.keys.certificates()[0].pem);
  });
});

describe('what a test may request of the simulated API v3', () => {
  test('a clock that is wrong shows in the window, in the Date, and in signatures', async () => {
    const on = v3Stage();
    on.v3.change({ clockAheadSeconds: 400 });
    const body = asked(DIRECT, 'ORDER-1');
    expect((await on.call('POST', JSAPI, body)).answer).toMatchObject({
      status: 401,
      headers: { date: 'Sun, 01 Mar 2026 04:06:40 GMT' },
    });
    const { answer } = await on.call('POST', JSAPI, body, { clockAhead: 400 });
    expect(Number(answer.headers['wechatpay-timestamp'])).toBe(on.time.clock.now() / 1000 + 400);
  });

  test('hosts that are down do not answer, and the backup does while it is up', async () => {
    const on = v3Stage();
    const body = asked(DIRECT, 'ORDER-1');
    const backup = { host: 'simulator-backup.local' };
    on.v3.change({ hosts: 'first_down' });
    await expect(on.call('POST', JSAPI, body)).rejects.toMatchObject({ code: 'host_down' });
    expect((await on.call('POST', JSAPI, body, backup)).answer.status).toBe(200);
    on.v3.change({ hosts: 'both_down' });
    await expect(on.call('POST', JSAPI, body, backup)).rejects.toMatchObject({ code: 'host_down' });
  });

  test.each([
    ['signtest', 'invalid', /^WECHATPAY\/SIGNTEST\//],
    ['tampered', 'invalid', /./],
    ['unknown_key', 'invalid', /./],
    ['unsigned', 'none', /^undefined$/],
  ] as const)('an answer that is %s took effect and proves nothing', async (kind, signature, text) => {
    const on = v3Stage();
    on.v3.disturb({ api: 'unifiedOrder', fault: { kind }, about: 'ORDER-1' });
    await order(on, 'ORDER-2');
    const spoiled = await on.call('POST', JSAPI, asked(DIRECT, 'ORDER-1'));
    expect(spoiled).toMatchObject({ answer: { status: 200 }, signature });
    expect(String(spoiled.answer.headers['wechatpay-signature'])).toMatch(text);
    expect(on.simulator.describe('ORDER-1')).not.toBeNull();
    expect((await on.call('POST', JSAPI, asked(DIRECT, 'ORDER-1'))).signature).toBe('valid');
  });

  test('faults before and after the effect', async () => {
    const on = v3Stage();
    const body = asked(DIRECT, 'ORDER-1');
    const disturbed = (fault: Parameters<V3Stage['v3']['disturb']>[0]['fault']) => {
      on.v3.disturb({ api: 'unifiedOrder', fault });
      return on.call('POST', JSAPI, body);
    };
    await expect(disturbed({ kind: 'lost_request' })).rejects.toMatchObject({ code: 'answer_lost' });
    expect((await disturbed({ kind: 'rate_limited' })).answer.status).toBe(429);
    expect((await disturbed({ kind: 'system_error' })).answer.status).toBe(500);
    expect((await disturbed({ kind: 'html' })).answer.body.toString()).toContain('<html>');
    expect(
      await disturbed({ kind: 'refused', status: 403, code: 'NO_AUTH', text: '无权限', signed: false }),
    ).toMatchObject({ answer: { status: 403 }, fields: { code: 'NO_AUTH' }, signature: 'none' });
    expect(on.simulator.describe('ORDER-1')).toBeNull();
    await expect(disturbed({ kind: 'lost_answer' })).rejects.toMatchObject({ code: 'answer_lost' });
    expect(on.simulator.describe('ORDER-1')).not.toBeNull();
    expect((await disturbed({ kind: 'changed', fields: { prepay_id: 'x' } })).fields).toEqual({
      prepay_id: 'x',
    });
  });
});
