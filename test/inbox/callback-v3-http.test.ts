import { answerV3Event } from '../../lib/inbox/v3/callback-v3-http';
import type { V3Delivery, V3Outcome } from '../../lib/inbox/v3/receive-v3';
import { V3_OUTCOMES } from '../../lib/inbox/v3/receive-v3';
import { isRecord } from '../../lib/values/json';

/* An API v3 notification as CloudBase's HTTP access hands it to a function. */

async function answered(event: object, outcome: V3Outcome = 'stored') {
  const deliveries: V3Delivery[] = [];
  const reply = await answerV3Event(async (delivery) => {
    deliveries.push(delivery);
    return outcome;
  }, event);
  return { reply, deliveries };
}

const EVENT = {
  httpMethod: 'POST',
  path: '/v3/pay/1900000109',
  headers: { 'Wechatpay-Serial': 'PUB_KEY_ID', 'WECHATPAY-NONCE': 'n', 'x-other': 'no' },
  body: Buffer.from('{"a":"é"}').toString('base64'),
  isBase64Encoded: true,
};

test('its headers that are read, its bytes and the number in its address are received', async () => {
  const { deliveries } = await answered(EVENT);
  expect(deliveries).toEqual([
    {
      headers: { 'wechatpay-serial': 'PUB_KEY_ID', 'wechatpay-nonce': 'n' },
      body: Buffer.from('{"a":"é"}'),
      mchId: '1900000109',
    },
  ]);
});

test('a header that came twice is left out', async () => {
  const headers = { 'Wechatpay-Serial': 'one', 'wechatpay-serial': 'two', 'wechatpay-nonce': 'n' };
  const { deliveries } = await answered({ ...EVENT, headers });
  expect(deliveries).toMatchObject([{ headers: { 'wechatpay-nonce': 'n' } }]);
  expect(deliveries[0]?.headers['wechatpay-serial']).toBeUndefined();
});

test.each([
  ['/v3/pay/1900000109/', '1900000109'],
  ['/v3/pay', null],
  ['/v3/pay/abc', null],
  ['/1900000109/pay', null],
])('the address %s names the number %s', async (path, mchId) => {
  expect((await answered({ ...EVENT, path })).deliveries).toMatchObject([{ mchId }]);
});

test.each(Object.entries(V3_OUTCOMES))('%s is answered with %d', async (name, status) => {
  const outcome = Object.keys(V3_OUTCOMES).find((one): one is V3Outcome => one === name);
  const { reply } = await answered(EVENT, outcome);
  expect(reply).toMatchObject({ statusCode: status });
  const text = 'body' in reply ? reply.body : '';
  const body: unknown = JSON.parse(text);
  expect(isRecord(body) && body['code']).toBe(status === 200 ? 'SUCCESS' : 'FAIL');
});

test('what is no notification over HTTP is received by nobody', async () => {
  const get = await answered({ ...EVENT, httpMethod: 'GET' });
  expect(get).toMatchObject({ reply: { statusCode: 405, headers: { allow: 'POST' } }, deliveries: [] });
  const called = await answered({ resource: 'a client calls the function' });
  expect(called).toMatchObject({ reply: { code: 'FAIL' }, deliveries: [] });
});
