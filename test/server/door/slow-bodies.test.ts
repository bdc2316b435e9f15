import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { LANES, PATIENCE_MS } from '../../../server/door/admission';
import { inFolder, onServer, type Running } from '../running';

const TOKEN = 'the-token-of-who-may-act';
const OPERATOR = { authorization: `Bearer ${TOKEN}` };

/** Sends requests whose bodies never end, and waits until the server has answered another since. */
async function holding(server: Running, path: string, count: number): Promise<readonly Socket[]> {
  const { port } = new URL(server.url);
  const sockets = Array.from({ length: count }, () => connect(Number(port), '127.0.0.1'));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  for (const socket of sockets) {
    socket.on('error', () => undefined).resume();
    socket.write(`POST ${path} HTTP/1.1\r\nhost: here\r\ncontent-length: 500\r\n\r\n{`);
  }
  for (let turn = 0; turn < 3; turn += 1) await server.send('GET', '/livez');
  return sockets;
}

const guarded = (run: (server: Running) => Promise<void>) =>
  inFolder((folder) => onServer(folder, run, TOKEN));

describe('bodies that never end', () => {
  it.each([
    ['/ops/session/begin', LANES.operator.running],
    ['/functions/login', LANES.payer.running],
    ['/functions/createOrder', LANES.payer.running],
  ])('lock nobody out: %s', (path, places) =>
    guarded(async (server) => {
      const sockets = await holding(server, path, places + 2);
      const shown = await server.send('POST', '/ops/api/overview', {}, OPERATOR);
      expect(shown.status).toBe(200);
      expect((await server.call('queryOrder', { outTradeNo: 'unknown' })).body).toMatchObject({ ok: false });
      // All of them are still on their way: nobody was let in because they had ended.
      expect(sockets.filter(({ readableEnded, destroyed }) => readableEnded || destroyed)).toEqual([]);
      for (const socket of sockets) socket.destroy();
    }),
  );

  it('of a notification make nobody wait for it', () =>
    guarded(async (server) => {
      const sockets = await holding(server, '/callback/pay', 1);
      const began = performance.now();
      for (let n = 0; n < 10; n += 1) {
        expect((await server.send('POST', '/ops/api/overview', {}, OPERATOR)).status).toBe(200);
      }
      expect(performance.now() - began).toBeLessThan(10 * PATIENCE_MS);
      for (const socket of sockets) socket.destroy();
    }));
});
