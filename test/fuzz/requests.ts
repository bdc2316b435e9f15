import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { startServer } from '../../server/start';
import { notificationFor } from '../inbox/notifications';
import { rememberedLog } from '../inbox/stage';
import { testConfig } from '../server/running';
import { order } from '../store/builders';
import { propertyOf, type Target } from './target';

const EVENT = JSON.stringify(notificationFor(order(1)));
const TOKEN = 'a-long-random-token';
const paths = fc.oneof(
  fc.constantFrom(
    '/callback/pay',
    '/callback/refund',
    '/functions/createOrder',
    '/functions/__proto__',
    '/functions/constructor',
    '/workers/processInbox',
    '/ops/api/overview',
    '/ops/api/__proto__',
    '/simulator/pay',
    '/metrics',
    '/healthz',
    '/',
    '/demo/orders/%00',
    '//callback/pay',
    '/callback/pay?x-wx-source=wx_paycallback',
    '*',
    'http://elsewhere/callback/pay',
  ),
  fc.webPath(),
);
const word = fc.stringMatching(/^[!-~]{0,20}$/);
const marks = fc.array(
  fc.constantFrom(
    'X-WX-SOURCE: wx_paycallback\r\nX-WX-SOURCE: wx_paycallback',
    'X-WX-SOURCE: wx_paycallback\r\nX-WX-SOURCE: wx_client',
    'x-wx-source: wx_client',
    'X-WX-Source: wx_paycallback,',
    'X-WX-SOURCE : wx_paycallback',
    'X_WX_SOURCE: wx_paycallback',
    'X-WX-SOURCE:\twx_http',
    'X-WX-OPENID: oUpF8uMuAJO_M2pxb1Q9zNjWeS6o',
    'Authorization: Bearer another-long-random-token',
    'Authorization: Bearer ',
    'Cookie: wxpay_inbox_session=x; wxpay_inbox_session=y',
    'Origin: https://elsewhere.example',
    'Connection: Upgrade',
    'Expect: 100-continue',
    'Host: elsewhere',
  ),
  { maxLength: 4 },
);
const bodies = fc.oneof(
  fc.constantFrom(
    EVENT,
    '',
    '{',
    '[]',
    'null',
    '{"__proto__":{"polluted":1}}',
    '['.repeat(30_000),
    `{"a":"${'x'.repeat(70_000)}"}`,
  ),
  fc.json(),
  fc.string(),
);
/** How the length of a body is declared: correctly, wrongly, twice, in chunks, in broken chunks. */
const framings = fc.constantFrom(
  'length',
  'short',
  'long',
  'twice',
  'negative',
  'both',
  'chunked',
  'badChunks',
  'none',
);
const request = fc
  .record({
    method: fc.constantFrom('POST', 'POST', 'POST', 'GET', 'PUT', 'BREW'),
    path: paths,
    marks,
    more: fc.dictionary(word, word, { maxKeys: 2 }),
    body: bodies,
    framing: framings,
  })
  .map(({ method, path, marks: lines, more, body, framing }) => {
    const length = Buffer.byteLength(body);
    const chunked = `${length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    const framed: readonly [readonly string[], string] = {
      length: [[`Content-Length: ${length}`], body] as const,
      short: [[`Content-Length: ${Math.floor(length / 2)}`], body] as const,
      long: [[`Content-Length: ${length + 5}`], body] as const,
      twice: [[`Content-Length: ${length}`, 'Content-Length: 0'], body] as const,
      negative: [['Content-Length: -1'], body] as const,
      both: [['Content-Length: 3', 'Transfer-Encoding: chunked'], chunked] as const,
      chunked: [['Transfer-Encoding: chunked'], chunked] as const,
      badChunks: [['Transfer-Encoding: chunked'], `zz\r\n${body}\r\n`] as const,
      none: [[], body] as const,
    }[framing];
    const extra = Object.entries(more).map(([name, value]) => `${name}: ${value}`);
    return `${method} ${path} HTTP/1.1\r\nHost: here\r\n${[...lines, ...extra, ...framed[0]].join('\r\n')}\r\n\r\n${framed[1]}`;
  });
const streams = fc
  .tuple(
    fc.array(request, { minLength: 1, maxLength: 3 }),
    fc.oneof(fc.constant(''), fc.string({ unit: 'binary' })),
  )
  .map(([requests, rest]) => requests.join('') + rest);

/**
 * Sends bytes on a socket and ends it, and resolves with the response once the server has ended it
 * too.
 */
function exchange(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.setEncoding('latin1');
    socket.on('data', (part: string) => (answer += part));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      resolve(answer);
    });
    socket.end(bytes);
  });
}

/**
 * The real server behind a socket. None of these requests has exactly one correct platform mark or
 * the operator's token, so nothing they send is trusted, no operation runs, and the server
 * continues.
 */
export const requests: Target = {
  name: 'requests',
  share: 3,
  open: async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'wxpay-inbox-fuzz-'));
    const server = await startServer({
      config: testConfig(),
      settings: { host: '127.0.0.1', port: 0, dataDir, opsToken: TOKEN, readToken: null },
      log: rememberedLog(),
      requestTimeoutMs: 500,
    });
    const port = Number(new URL(server.url).port);
    return {
      property: propertyOf(streams, async (bytes) => {
        const answer = await exchange(port, bytes);
        for (const head of answer.match(/^HTTP\/1\.1 .*$/gm) ?? []) {
          if (!/^HTTP\/1\.1 (100|2\d\d|4\d\d|500|501) /.test(head)) throw new Error(`an odd answer: ${head}`);
        }
        if (/\bat .*\.ts:\d/.test(answer)) throw new Error('a stack was told');
        if (answer.includes('"claimed"') || answer.includes('wxpay_inbox_'))
          throw new Error('it was operated by a stranger');
        const health = await exchange(port, 'GET /livez HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n');
        if (!health.includes('{"ok":true}')) throw new Error('the server does not go on');
        const kept = await server.system.store.inbox.ofOrder(order(1).outTradeNo);
        if (kept.some(({ trust }) => trust === 'platform')) throw new Error('a stranger was trusted');
      }),
      close: async () => {
        await server.stop();
        rmSync(dataDir, { recursive: true, force: true });
      },
    };
  },
};
