import { answerEvent } from '../../lib/inbox/callback-http';
import type { NewMessage } from '../../lib/model/message';
import type { ReceiveDeps } from '../../lib/inbox/receive';
import { CALLBACK_ERRCODE } from '../../lib/inbox/receive';
import { systemTimers } from '../../lib/runtime/timers';
import { isRecord } from '../../lib/values/json';
import { order, START } from '../store/builders';
import { notificationFor } from './notifications';
import { rememberedLog } from './stage';

/* What a callback function is invoked with: WeChat Pay's own call, or a request over HTTP. */

async function answered(event: unknown, source: string, record?: ReceiveDeps['record']) {
  const stored: NewMessage[] = [];
  const deps: ReceiveDeps = {
    record:
      record ??
      (async (message) => {
        stored.push(message);
        return 'stored';
      }),
    clock: { now: () => START },
    timers: systemTimers,
    log: rememberedLog(),
    ackBudgetMs: 2_500,
  };
  return { reply: await answerEvent(deps, event, { source }), stored };
}

/** What WeChat Pay reads: the body, whatever the status. */
function errcodeOf(reply: object): unknown {
  const body: unknown = 'body' in reply ? JSON.parse(String(reply.body)) : reply;
  return isRecord(body) ? body['errcode'] : undefined;
}

const NOTIFICATION = notificationFor(order(1));
const posted = (body: string, over: object = {}) => ({
  ...{ httpMethod: 'POST', path: '/pay', headers: {}, isBase64Encoded: false, body },
  ...over,
});

test('WeChat Pay’s own call is believed by its source, and answered as it expects', async () => {
  const { reply, stored } = await answered(NOTIFICATION, 'wx_paycallback');
  expect(reply).toEqual({ errcode: 0, errmsg: 'ok' });
  expect(stored).toMatchObject([{ trust: 'platform', outTradeNo: order(1).outTradeNo }]);
});

test('the same over HTTP is kept unverified whatever its mark says, and answered over HTTP', async () => {
  for (const source of ['wx_paycallback', '']) {
    const { reply, stored } = await answered(posted(JSON.stringify(NOTIFICATION)), source);
    expect(reply).toEqual({
      isBase64Encoded: false,
      statusCode: 200,
      headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' },
      body: JSON.stringify({ errcode: 0, errmsg: 'ok' }),
    });
    expect(stored).toMatchObject([{ trust: 'unverified' }]);
  }
});

test('a user of a mini program who sends an event of this shape is refused', async () => {
  const { reply, stored } = await answered(posted(JSON.stringify(NOTIFICATION)), 'wx_client');
  expect(errcodeOf(reply)).toBe(CALLBACK_ERRCODE.REFUSED);
  expect(stored).toEqual([]);
});

test('a request that is no notification is refused and kept nowhere', async () => {
  const get = await answered(posted('', { httpMethod: 'GET' }), '');
  expect(get).toMatchObject({ reply: { statusCode: 405, headers: { allow: 'POST' } }, stored: [] });
  const broken = await answered(posted('{'), '');
  expect(broken).toMatchObject({ reply: { statusCode: 400 }, stored: [] });
});

test('a request whose notification could not be stored is not answered with success', async () => {
  const failing = async () => Promise.reject(new Error('the store is away'));
  const { reply } = await answered(posted(JSON.stringify(NOTIFICATION)), '', failing);
  expect(errcodeOf(reply)).toBe(CALLBACK_ERRCODE.NOT_STORED);
});
