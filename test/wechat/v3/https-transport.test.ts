import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTls } from 'node:https';
import { connect } from 'node:net';
import { createHttpsTransport } from '../../../lib/wechat/v3/https-transport';
import type { V3HttpRequest } from '../../../lib/wechat/v3/transport';
import fixtures from './certificates.json';

async function served<T>(
  listener: RequestListener,
  use: (base: string, server: Server) => Promise<T>,
  make: (listener: RequestListener) => Server = createServer,
): Promise<T> {
  const server = make(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  try {
    return await use(`127.0.0.1:${address.port}`, server);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

const REQUEST: V3HttpRequest = {
  ...{ method: 'GET', url: '', headers: { Accept: 'application/json' }, body: null, timeoutMs: 5_000 },
  maxBytes: 1_000,
};

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) if (Buffer.isBuffer(piece)) pieces.push(piece);
  return Buffer.concat(pieces);
}

const transport = createHttpsTransport({ plainOnLoopback: true });

test('a request arrives byte for byte, and so does its answer', async () => {
  const seen: { url: string | undefined; body: string; type: string | undefined }[] = [];
  await served(
    (request, response) => {
      void bodyOf(request).then((body) => {
        seen.push({ url: request.url, body: body.toString('utf8'), type: request.headers['content-type'] });
        response.writeHead(400, { 'Request-ID': 'A-1', 'Wechatpay-Nonce': 'n' });
        response.end('{"code":"形象店"}\n');
      });
    },
    async (base) => {
      const body = Buffer.from('{"a":"形象店"}');
      const headers = { 'Content-Type': 'application/json', 'Content-Length': String(body.length) };
      const url = `http://${base}/v3/pay/A%7CB*C?mchid=1`;
      const answer = await transport({ ...REQUEST, method: 'POST', url, headers, body });
      expect(answer).toMatchObject({
        ...{ kind: 'answer', status: 400, headers: { 'request-id': 'A-1', 'wechatpay-nonce': 'n' } },
      });
      expect(answer.kind === 'answer' && answer.body.toString('utf8')).toBe('{"code":"形象店"}\n');
    },
  );
  expect(seen).toEqual([
    { url: '/v3/pay/A%7CB*C?mchid=1', body: '{"a":"形象店"}', type: 'application/json' },
  ]);
});

test('connections are kept open between calls', async () => {
  let connections = 0;
  await served(
    (_request, response) => response.end('{}'),
    async (base, server) => {
      server.on('connection', () => (connections += 1));
      for (let n = 0; n < 5; n += 1) await transport({ ...REQUEST, url: `http://${base}/` });
    },
  );
  expect(connections).toBe(1);
});

test('a redirect is an answer, and is not followed', async () => {
  let requests = 0;
  await served(
    (_request, response) => {
      requests += 1;
      response.writeHead(302, { location: '/elsewhere' }).end();
    },
    async (base) => {
      expect(await transport({ ...REQUEST, url: `http://${base}/` })).toMatchObject({
        kind: 'answer',
        status: 302,
      });
    },
  );
  expect(requests).toBe(1);
});

test('silence, a trickle and a flood end within their limits, and may have taken effect', async () => {
  await served(
    (request, response) => {
      if (request.url === '/silence') return;
      response.writeHead(200);
      if (request.url === '/trickle') {
        const again = setInterval(() => response.write('x'), 20);
        request.on('close', () => {
          clearInterval(again);
        });
      } else response.end(Buffer.alloc(100_000));
    },
    async (base) => {
      const at = (path: string, timeoutMs: number) =>
        transport({ ...REQUEST, url: `http://${base}${path}`, timeoutMs });
      const ends = await Promise.all([at('/silence', 150), at('/trickle', 150), at('/flood', 5_000)]);
      expect(ends.map((end) => (end.kind === 'failure' ? end.sent : end.kind))).toEqual([
        'maybe',
        'maybe',
        'maybe',
      ]);
    },
  );
});

test('a broken connection may have taken effect; one that was never made has not', async () => {
  let closed = '';
  await served(
    (request) => request.socket.destroy(),
    async (base) => {
      closed = base;
      expect(await transport({ ...REQUEST, url: `http://${base}/` })).toMatchObject({
        kind: 'failure',
        sent: 'maybe',
      });
    },
  );
  expect(await transport({ ...REQUEST, url: `http://${closed}/` })).toEqual({
    ...{ kind: 'failure', sent: 'no', message: 'ECONNREFUSED' },
  });
});

test('nothing is sent without TLS, or to a server that cannot prove its name', async () => {
  let requests = 0;
  const tls = (listener: RequestListener): Server =>
    createTls({ key: fixtures.two.key, cert: fixtures.two.certificate }, listener);
  await served(
    (_request, response) => {
      requests += 1;
      response.end('{}');
    },
    async (base) => {
      const ends = [
        await createHttpsTransport()({ ...REQUEST, url: `http://${base}/` }),
        await transport({ ...REQUEST, url: 'http://simulator.example/' }),
        await transport({ ...REQUEST, url: 'file:///etc/passwd' }),
        await transport({ ...REQUEST, url: `https://localhost:${base.split(':')[1] ?? ''}/` }),
      ];
      for (const end of ends) expect(end).toMatchObject({ kind: 'failure', sent: 'no' });
      expect(ends[3]).toMatchObject({ message: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    },
    tls,
  );
  expect(requests).toBe(0);
});

test('a server that only accepts the connection has received nothing over TLS', async () => {
  const server = createServer();
  await served(
    () => undefined,
    async (base) => {
      const [, port = ''] = base.split(':');
      // It speaks no TLS: the handshake fails or never ends.
      connect(Number(port), '127.0.0.1').destroy();
      const end = await transport({ ...REQUEST, url: `https://localhost:${port}/`, timeoutMs: 500 });
      expect(end).toMatchObject({ kind: 'failure', sent: 'no' });
    },
    (listener) => server.on('request', listener),
  );
});
