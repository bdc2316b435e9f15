import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { systemTimers } from '../../lib/runtime/timers';
import { code2SessionExchange } from '../../lib/wechat/code2session';
import type { LoginAnswer } from '../../lib/wechat/login';

const SECRET = 'a-secret-that-nobody-may-see';
const CODE = 'the-code-of-wx-login';

/** Asks a WeChat on this machine that answers so. `now`: every time-out ends at once. */
async function asked(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  { now = false } = {},
): Promise<{ readonly said: LoginAnswer; readonly requests: readonly string[] }> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method ?? ''} ${request.url ?? ''}`);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  try {
    const exchange = code2SessionExchange({
      appId: 'wx1',
      secret: SECRET,
      origin: new URL(`http://127.0.0.1:${address.port}`),
      timers: now ? { after: (_, then) => systemTimers.after(20, then) } : systemTimers,
    });
    return { said: await exchange.exchange(CODE), requests };
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

const json =
  (value: unknown) =>
  (_: IncomingMessage, response: ServerResponse): void => {
    // WeChat sends JSON as text/plain.
    response.setHeader('content-type', 'text/plain');
    response.end(JSON.stringify(value));
  };

test('whose code it is, is asked of WeChat, and its session key is dropped', async () => {
  const { said, requests } = await asked(json({ openid: 'oPayer-1', session_key: 'kept by nobody' }));
  expect(said).toEqual({ kind: 'payer', payer: 'oPayer-1' });
  expect(requests).toEqual([
    `GET /sns/jscode2session?appid=wx1&secret=${SECRET}&js_code=${CODE}&grant_type=authorization_code`,
  ]);
});

test.each<[string, unknown, LoginAnswer]>([
  ['a code that is none', { errcode: 40029, errmsg: 'invalid code' }, { kind: 'refused' }],
  ['a code that was used', { errcode: 40163, errmsg: 'code been used' }, { kind: 'refused' }],
  ['a user who is blocked', { errcode: 40226 }, { kind: 'refused' }],
  ['a wrong appid', { errcode: 40013, errmsg: 'invalid appid' }, { kind: 'misconfigured', errcode: 40013 }],
  ['a wrong secret', { errcode: 40125, errmsg: SECRET }, { kind: 'misconfigured', errcode: 40125 }],
  ['a busy WeChat', { errcode: -1, errmsg: 'system error' }, { kind: 'unknown', reason: 'errcode -1' }],
  ['too many calls', { errcode: 45011 }, { kind: 'unknown', reason: 'errcode 45011' }],
  ['an OPENID that is none', { openid: 'o p' }, { kind: 'unknown', reason: 'no openid' }],
])('%s', async (_, answer, wanted) => {
  expect((await asked(json(answer))).said).toEqual(wanted);
});

test.each<[string, (request: IncomingMessage, response: ServerResponse) => void, string]>([
  ['a web page', (_, response) => response.end('<html>'), 'the answer is not an object'],
  ['an error page', (_, response) => response.writeHead(502).end('bad gateway'), 'HTTP 502'],
  [
    'a redirect, which is not followed',
    (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
    'HTTP 302',
  ],
  ['too much', (_, response) => response.end('x'.repeat(100_000)), 'the answer is too large'],
  ['a connection that breaks', (request) => request.socket.destroy(), 'ECONNRESET'],
])('%s names nobody', async (_, answer, reason) => {
  const { said } = await asked(answer);
  expect(said).toEqual({ kind: 'unknown', reason });
  expect(JSON.stringify(said)).not.toContain(SECRET);
});

test('an answer that does not come is given up', async () => {
  const { said } = await asked(() => undefined, { now: true });
  expect(said).toEqual({ kind: 'unknown', reason: 'no answer within 5000 ms' });
});
