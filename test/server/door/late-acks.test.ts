import { request } from 'node:http';
import { join } from 'node:path';
import { startServer } from '../../../server/start';
import type { RunningServer } from '../../../server/start';
import { notificationFor } from '../../inbox/notifications';
import { rememberedLog } from '../../inbox/stage';
import { order } from '../../store/builders';
import { putNewStore } from '../../store/sqlite/harness';
import { playedLoop } from '../played-loop';
import { inFolder, LOGIN_SECRET, talkTo, testConfig } from '../running';

/*
 * Acks while operators keep the server busy, on an event loop whose turns and time the case plays:
 * nothing here depends on how fast the machine is.
 */

/** What the loop does, and when it is asked for a later turn or sees a request. */
function observedLoop() {
  const loop = playedLoop();
  const seen = { turns: 0, arrivals: 0 };
  let told: () => void = () => undefined;
  return {
    ...loop,
    seen,
    nextTurn: (then: () => void) => {
      seen.turns += 1;
      loop.nextTurn(then);
      told();
    },
    afterThisTurn: (then: () => void) => {
      seen.arrivals += 1;
      loop.nextTurn(then);
      told();
    },
    /** Resolves when the loop has been asked again. */
    asked: () =>
      new Promise<void>((resolve) => {
        told = resolve;
      }),
  };
}

type Loop = ReturnType<typeof observedLoop>;

const onPlayedLoop = (run: (server: RunningServer, loop: Loop) => Promise<void>) => () =>
  inFolder(async (dataDir) => {
    const loop = observedLoop();
    putNewStore(join(dataDir, 'inbox.db'));
    const server = await startServer({
      config: testConfig(),
      settings: { host: '127.0.0.1', port: 0, dataDir, opsToken: null, readToken: null },
      log: rememberedLog(),
      env: { LOGIN_SECRET },
      loop,
    });
    try {
      await run(server, loop);
    } finally {
      await server.stop();
    }
  });

/** The sum of all times from the arrival of a notification to its answer, in seconds. */
async function secondsToAnswer({ system }: RunningServer): Promise<number> {
  const [, sum = ''] = /^wxpay_inbox_ack_seconds_sum (\S+)$/m.exec(await system.metrics.text()) ?? [];
  return Number(sum);
}

const OPERATORS = 40;
const NOTIFICATIONS = 20;

test(
  'notifications behind forty requests of operators are answered before the first of these begins',
  onPlayedLoop(async (server, loop) => {
    const { send } = talkTo(server, false);
    const firstAsked = loop.asked();
    let served = 0;
    const operators = Array.from({ length: OPERATORS }, async () => {
      const { status } = await send('GET', '/metrics');
      served += 1;
      return status;
    });
    await Promise.race([firstAsked, ...operators]);
    const acks = await Promise.all(
      Array.from({ length: NOTIFICATIONS }, (_, n) =>
        send('POST', '/callback/pay', notificationFor(order(n + 1)), { 'x-wx-source': 'wx_paycallback' }),
      ),
    );
    expect(acks.map(({ body }) => body['errcode'])).toEqual(Array.from({ length: NOTIFICATIONS }, () => 0));
    expect(served).toBe(0);
    // They wait for a turn: none of them is under way.
    expect(loop.seen.turns).toBeGreaterThan(0);

    // The rest begins one in each turn.
    const statuses = Promise.all(operators);
    for (let turn = 0; served < OPERATORS && turn < 100_000; turn += 1) {
      await loop.endTurn();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await statuses).toEqual(Array.from({ length: OPERATORS }, () => 200));
  }),
);

test(
  'the time a notification waits on this machine counts from its arrival, not from when its body is read',
  onPlayedLoop(async (server, loop) => {
    const before = await secondsToAnswer(server);
    const body = JSON.stringify(notificationFor(order(1)));
    const asked = loop.asked();
    const sent = request(`${server.url}/callback/pay`, {
      method: 'POST',
      agent: false,
      headers: { 'x-wx-source': 'wx_paycallback', 'content-length': Buffer.byteLength(body) },
    });
    const answered = new Promise<void>((resolve, reject) => {
      sent.on('error', reject).on('response', (response) => response.on('end', resolve).resume());
    });
    sent.flushHeaders();
    await asked;
    expect(loop.seen.arrivals).toBe(1);
    loop.pass(6_000);
    sent.end(body);
    await answered;
    expect(await secondsToAnswer(server)).toBeGreaterThanOrEqual(before + 6);
  }),
);
