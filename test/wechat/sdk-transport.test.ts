import { createCloudPay } from '../../lib/wechat/cloudpay/adapter';
import { createSdkTransport } from '../../lib/wechat/cloudpay/sdk-transport';
import { startPayGateway, type PayGateway } from './pay-gateway';
import { BILL, ORDER, QUERY_PAID, SETTINGS } from './samples';

/**
 * What the platform sets for a function's run; RUNENV keeps the SDK from searching for a cloud
 * around it.
 */
const RUN = {
  TENCENTCLOUD_RUNENV: 'SCF',
  TENCENTCLOUD_REGION: 'ap-shanghai',
  SCF_NAMESPACE: 'shop-8gxvz0f70375accc',
  TCB_ENV: 'shop-8gxvz0f70375accc',
  TENCENTCLOUD_SECRETID: 'id',
  TENCENTCLOUD_SECRETKEY: 'key',
  TENCENTCLOUD_SESSIONTOKEN: 'session',
  WX_CONTEXT_KEYS: 'WX_API_TOKEN', // The SDK reads the token only when this names it.
  WX_API_TOKEN: 'the-token',
};

const before = { ...process.env };
let gateway: PayGateway;
beforeAll(async () => {
  gateway = await startPayGateway();
  Object.assign(process.env, RUN, { TCB_CONTEXT_CNFG: JSON.stringify({ URL: gateway.url }) });
});
afterAll(async () => {
  process.env = before;
  await gateway.stop();
});

const pay = () => createCloudPay(createSdkTransport({ timeoutMs: 5000 }), SETTINGS);

function answers(text: string, contentType = 'application/octet-stream', status = 200): void {
  gateway.answer((res) => res.writeHead(status, { 'content-type': contentType }).end(text));
}

test('a call goes out as wx-server-sdk itself would make it, with the run’s token and environment', async () => {
  answers(JSON.stringify(QUERY_PAID));
  expect(await pay().queryOrder(ORDER)).toMatchObject({ kind: 'paid', payment: { total: 100 } });
  expect(gateway.calls.at(-1)).toMatchObject({
    fields: {
      action: 'wx.wxPayApi',
      apiName: 'queryOrder',
      apiOptions: '',
      envName: 'shop-8gxvz0f70375accc',
      wxCloudApiToken: 'the-token',
    },
    request: { sub_mch_id: '1606704502', out_trade_no: 'T1', nonce_str: 'a-nonce' },
  });
});

test('another environment can be named', async () => {
  answers(JSON.stringify(QUERY_PAID));
  await createCloudPay(createSdkTransport({ env: 'other-1', timeoutMs: 5000 }), SETTINGS).queryOrder(ORDER);
  expect(gateway.calls.at(-1)?.fields.envName).toBe('other-1');
});

test('WeChat Pay’s own err_code is seen', async () => {
  answers(
    JSON.stringify({
      return_code: 'SUCCESS',
      result_code: 'FAIL',
      err_code: 'ORDERNOTEXIST',
      err_code_des: 'words nobody has a rule for',
    }),
  );
  expect(await pay().queryOrder(ORDER)).toEqual({ kind: 'no_such_order' });
});

test('a statement arrives as the bytes that were sent', async () => {
  const bytes = Buffer.from([0x1f, 0x8b, 0x08, 0x00, 0xff, 0x00, 0x0d, 0x0a]);
  gateway.answer((res) => res.end(bytes));
  const answer = await pay().downloadBill({ ...BILL, gzip: true });
  expect(answer.kind === 'bill' && Buffer.from(answer.bytes).equals(bytes)).toBe(true);
});

const PLATFORM_JSON = 'application/json; charset=utf-8';

test.each<[string, [string, string?, number?], object]>([
  [
    'no token, as the platform says it',
    ['{"code":"INVALID_PARAM","message":"missing wxCloudApiToken"}', PLATFORM_JSON],
    { reason: 'missing_api_token' },
  ],
  [
    'too many at once',
    ['{"code":"EXCEED_CONCURRENT_REQUEST_LIMIT","message":"x"}', PLATFORM_JSON],
    { reason: 'rate_limited' },
  ],
  ['too many', ['{"code":"EXCEED_REQUEST_LIMIT","message":"x"}'], { reason: 'rate_limited' }],
  ['no permission', ['{"errcode":-604101,"errmsg":"x"}', PLATFORM_JSON], { reason: 'gateway' }],
  ['no permission, without the type', ['{"errcode":-604101,"errmsg":"x"}'], { reason: 'gateway' }],
  ['empty', [''], { reason: 'unreadable' }],
  ['HTTP 500', ['oops', 'text/plain', 500], { reason: 'transport' }],
  ['HTTP 503', ['{}', PLATFORM_JSON, 503], { reason: 'transport' }],
])('%s', async (_, answer, expected) => {
  answers(...answer);
  expect(await pay().queryOrder(ORDER)).toMatchObject({ kind: 'unknown', ...expected });
});

test('a WeChat Pay answer under the platform’s content type is read too', async () => {
  answers(JSON.stringify(QUERY_PAID), PLATFORM_JSON);
  expect(await pay().queryOrder(ORDER)).toMatchObject({ kind: 'paid' });
});

test('a cut connection is a transport failure', async () => {
  gateway.answer((res) => res.destroy());
  expect(await pay().queryOrder(ORDER)).toMatchObject({ kind: 'unknown', reason: 'transport' });
});

test('an answer that breaks off is a transport failure', async () => {
  gateway.answer((res) => {
    res.writeHead(200, { 'content-length': '500' });
    res.write('{"return_code":"SUCCESS"', () => res.destroy());
  });
  expect(await pay().queryOrder(ORDER)).toMatchObject({ kind: 'unknown', reason: 'transport' });
});

test('silence ends at the deadline, and so does an answer that only trickles', async () => {
  const impatient = createCloudPay(createSdkTransport({ timeoutMs: 60 }), SETTINGS);
  gateway.answer(() => undefined);
  expect(await impatient.queryOrder(ORDER)).toMatchObject({ kind: 'unknown', reason: 'transport' });

  gateway.answer((res) => {
    const drip = setInterval(() => res.write(' '), 10);
    res.on('close', () => clearInterval(drip));
  });
  expect(await impatient.queryOrder(ORDER)).toMatchObject({ kind: 'unknown', reason: 'transport' });
});

test('nobody listening is a transport failure', async () => {
  const gone = await startPayGateway();
  await gone.stop();
  process.env.TCB_CONTEXT_CNFG = JSON.stringify({ URL: gone.url });
  try {
    expect(await pay().queryOrder(ORDER)).toMatchObject({ kind: 'unknown', reason: 'transport' });
  } finally {
    process.env.TCB_CONTEXT_CNFG = JSON.stringify({ URL: gateway.url });
  }
});

test('without credentials nothing is sent and the process lives on', async () => {
  const sent = gateway.calls.length;
  delete process.env.TENCENTCLOUD_SECRETKEY;
  try {
    expect(await pay().queryOrder(ORDER)).toMatchObject({ kind: 'unknown', reason: 'gateway' });
  } finally {
    process.env.TENCENTCLOUD_SECRETKEY = RUN.TENCENTCLOUD_SECRETKEY;
  }
  expect(gateway.calls.length).toBe(sent);
});
