import { createServer, type RequestListener } from 'node:http';
import { fen } from '../../lib/values/fen';
import { createCloudRun } from '../../lib/wechat/cloudrun/adapter';
import { createHttpTransport } from '../../lib/wechat/cloudrun/http-transport';
import type { CloudRunTransport } from '../../lib/wechat/cloudrun/transport';
import { createCloudRunApi } from '../../simulator/cloudrun';
import { stage } from '../simulator/stage';
import { askOf, APIS } from './asking';
import { BILL, ORDER, PREPAY, REFUND, REFUND_QUESTION } from './samples';

/*
 * WeChat Pay through the open-interface service of WeChat Cloud Run, over the simulator's and over
 * HTTP.
 */

const CONTAINER = {
  envId: 'shop-8gxvz0f70375accc',
  service: 'wxpay-inbox',
  payPath: '/callback/pay',
  refundPath: '/callback/refund',
};

/** The adapter in front of a simulator, and the calls as they were sent. */
function cloudRun() {
  const simulated = stage();
  const api = createCloudRunApi(
    (name, asked) => simulated.simulator.payApi(name, asked),
    () => 'seq-1',
  );
  const sent: { readonly path: string; readonly body: string }[] = [];
  const transport: CloudRunTransport = async (path, body) => {
    sent.push({ path, body });
    return { kind: 'body', bytes: Buffer.from((await api(path, body)).body) };
  };
  return { ...simulated, api, sent, pay: createCloudRun(transport, CONTAINER) };
}

test('the same story as on the other channels: order, pay, query, close, refund, bill', async () => {
  const { pay, simulator, time, received, refunds, sent } = cloudRun();
  const prepay = { ...PREPAY, expiresAt: time.clock.now() };
  expect(await pay.queryOrder(ORDER)).toEqual({ kind: 'no_such_order' });
  expect(await pay.unifiedOrder(prepay)).toMatchObject({ kind: 'prepaid' });
  expect(await pay.unifiedOrder({ ...prepay, total: fen(7) })).toMatchObject({ code: 'number_used' });
  expect(await pay.closeOrder(ORDER)).toMatchObject({ kind: 'refused', code: 'too_early' });
  const { transactionId } = simulator.pay(ORDER.outTradeNo, { coupon: { type: 'NO_CASH', fee: fen(30) } });
  expect(await pay.queryOrder(ORDER)).toMatchObject({
    kind: 'paid',
    payment: { transactionId, total: 100, cash: 70, coupon: 30, payer: PREPAY.payer },
  });
  expect(await pay.closeOrder(ORDER)).toEqual({ kind: 'already_paid' });
  expect(await pay.queryRefund(REFUND_QUESTION)).toEqual({ kind: 'no_such_refund' });
  const { outRefundNo, refund } = REFUND;
  expect(await pay.refund(REFUND)).toMatchObject({ kind: 'accepted', outRefundNo, refund });
  expect(await pay.queryOrder(ORDER)).toMatchObject({ kind: 'paid_then_refunded' });
  simulator.answerRefundQueries('whole');
  await time.pass(10_000);
  expect(await pay.queryRefund(REFUND_QUESTION)).toMatchObject({ kind: 'refund', state: 'succeeded' });
  expect(await pay.downloadBill(BILL)).toMatchObject({ kind: 'not_available' });
  expect(received[0]).toMatchObject({ functionName: '/callback/pay' });
  expect(refunds[0]).toMatchObject({ functionName: '/callback/refund' });
  expect(new Set(sent.map(({ path }) => path)).size).toBe(6);
});

test('the request names the container and the payer, and nothing is signed', async () => {
  const { pay, sent } = cloudRun();
  await pay.unifiedOrder(PREPAY);
  const request: unknown = JSON.parse(sent[0]?.body ?? '');
  expect(sent[0]?.path).toBe('/_/pay/unifiedorder');
  expect(request).toEqual({
    env_id: 'shop-8gxvz0f70375accc',
    callback_type: 2,
    container: { service: 'wxpay-inbox', path: '/callback/pay' },
    sub_mch_id: PREPAY.subMchId,
    body: PREPAY.body,
    out_trade_no: PREPAY.outTradeNo,
    fee_type: 'CNY',
    total_fee: 100,
    spbill_create_ip: '203.0.113.7',
    time_expire: '20210224233000',
    trade_type: 'JSAPI',
    openid: PREPAY.payer,
  });
});

test('the first request is sent again byte for byte, whatever would be written now', async () => {
  const { pay, sent } = cloudRun();
  const keptBody = pay.prepayBody(PREPAY);
  expect(pay.prepayBody(PREPAY)).toBe(keptBody);
  await pay.unifiedOrder({ ...PREPAY, keptBody });
  await pay.unifiedOrder({ ...PREPAY, payerIp: '198.51.100.9', keptBody });
  expect(sent.map(({ body }) => body)).toEqual([keptBody, keptBody]);
});

test('a bill arrives as text inside the envelope', async () => {
  const text = '交易时间,公众账号ID\r\n`2026-03-01 10:00:00,`wx1\r\n';
  const pay = createCloudRun(
    async () => ({
      kind: 'body',
      bytes: Buffer.from(JSON.stringify({ errcode: 0, errmsg: 'ok', respdata: text })),
    }),
    CONTAINER,
  );
  const answer = await pay.downloadBill(BILL);
  expect(answer.kind === 'bill' && Buffer.from(answer.bytes).toString('utf8')).toBe(text);
});

test.each<[string, object, object]>([
  [
    'no merchant bound',
    { errcode: 0, respdata: { return_code: 'FAIL', return_msg: '受理关系不存在' } },
    { kind: 'refused', code: 'not_authorised' },
  ],
  [
    'the platform’s error',
    { errcode: -606001, errmsg: 'system error' },
    { kind: 'unknown', reason: 'gateway' },
  ],
  [
    'too many',
    { errcode: 45009, errmsg: 'reach max api daily quota limit' },
    { kind: 'unknown', reason: 'rate_limited' },
  ],
  ['nothing inside', { errcode: 0, errmsg: 'ok' }, { kind: 'unknown', reason: 'unreadable' }],
])('%s concludes nothing about an order', async (_, given, expected) => {
  const pay = createCloudRun(
    async () => ({ kind: 'body', bytes: Buffer.from(JSON.stringify(given)) }),
    CONTAINER,
  );
  for (const api of APIS) expect(await askOf(pay, api)).toMatchObject(expected);
});

describe('over HTTP', () => {
  async function against<T>(listener: RequestListener, use: (baseUrl: string) => Promise<T>): Promise<T> {
    const server = createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    try {
      return await use(`http://127.0.0.1:${address.port}`);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  test('every call is a POST of JSON, without which the service redirects', async () => {
    const { api, time } = cloudRun();
    const answers = await against(
      (request, response) => {
        if (request.headers['content-type'] !== 'application/json') {
          response.writeHead(302).end();
          return;
        }
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          void api(request.url ?? '', Buffer.concat(chunks).toString('utf8')).then((answer) =>
            response.writeHead(answer.status, answer.headers).end(answer.body),
          );
        });
      },
      async (baseUrl) => {
        const pay = createCloudRun(createHttpTransport({ baseUrl, timeoutMs: 5_000 }), CONTAINER);
        const prepay = { ...PREPAY, expiresAt: time.clock.now() };
        return [await pay.unifiedOrder(prepay), await pay.queryOrder(ORDER)];
      },
    );
    expect(answers).toMatchObject([{ kind: 'prepaid' }, { kind: 'not_paid' }]);
  });

  test.each<[string, RequestListener, object]>([
    [
      'an answer without the platform’s mark proves nothing',
      (_, response) => response.end(JSON.stringify({ errcode: 0, respdata: {} })),
      { kind: 'failure', failure: { kind: 'unverified' } },
    ],
    [
      'an HTTP error is no answer',
      (_, response) => response.writeHead(502, { 'x-openapi-seqid': '1' }).end('bad gateway'),
      { kind: 'failure', failure: { kind: 'transport' } },
    ],
    [
      'but too many requests are said',
      (_, response) => response.writeHead(429, { 'x-openapi-seqid': '1' }).end(),
      { kind: 'failure', failure: { kind: 'rate_limited' } },
    ],
    [
      'an answer that breaks off is none',
      (_, response) => {
        response.writeHead(200, { 'x-openapi-seqid': '1', 'content-length': '100' });
        response.write('{"errcode":0');
        response.socket?.destroySoon();
      },
      { kind: 'failure', failure: { kind: 'transport' } },
    ],
    [
      'a silent service is left after the deadline',
      () => undefined,
      { kind: 'failure', failure: { kind: 'transport', message: 'no answer within 200 ms' } },
    ],
  ])('%s', async (_, listener, expected) => {
    const result = await against(listener, (baseUrl) =>
      createHttpTransport({ baseUrl, timeoutMs: 200 })('/_/pay/queryorder', '{}'),
    );
    expect(result).toMatchObject(expected);
  });

  it('has a deadline of its own for a bill', async () => {
    const limits = { timeoutMs: 20_000, billTimeoutMs: 200 };
    const result = await against(
      () => undefined,
      (baseUrl) => createHttpTransport({ baseUrl, ...limits })('/_/pay/downloadbill', '{}'),
    );
    expect(result).toMatchObject({ failure: { message: 'no answer within 200 ms' } });
  });
});
