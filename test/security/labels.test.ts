import { readConfig } from '../../lib/config/config';
import { onServer, inFolder, type Running } from '../server/running';
import { notificationFor } from '../inbox/notifications';
import { order } from '../store/builders';

/*
 * A metric label chosen by a stranger becomes a line of theirs in /metrics, and each new value a
 * series that Prometheus keeps: a thousand an hour fill its memory. So nothing a caller sends may
 * become a label.
 */

const QUOTES = 'x"} 1\nwxpay_inbox_forged{a="b';

const strange = (n: number): readonly string[] => [
  `stranger${n}`,
  `${QUOTES}${n}`,
  `back\\slash\\n${n}`,
  `"${n}`,
  '__proto__',
  'constructor',
  `${'x'.repeat(300)}${n}`,
];

/** Asks for everything that has a name of the caller's choice. */
async function bother({ send, call }: Running, n: number): Promise<void> {
  for (const text of strange(n)) {
    const name = encodeURIComponent(text);
    const header = encodeURIComponent(text).slice(0, 200);
    const event = {
      ...notificationFor(order(1)),
      outTradeNo: text,
      transactionId: text,
      bankType: text,
      attach: text,
    };
    await send('POST', '/callback/pay', event, { 'x-wx-source': 'wx_paycallback' });
    await send('POST', '/callback/pay', event, { 'x-wx-source': header });
    await send('POST', '/callback/pay', event, { 'x-wx-source': `wx_client,${header}` });
    await send('POST', '/callback/refund', event, { 'x-wx-source': 'wx_paycallback' });
    await send('POST', `/functions/${name}`, {});
    await send('POST', `/workers/${name}`, {});
    await send('POST', `/ops/api/${name}`, {});
    await send('POST', '/ops/api/list_messages', { state: text });
    await send('GET', `/${name}`);
    await call('createOrder', { requestId: text, cart: [{ sku: text, count: 1 }] });
    await call('queryOrder', { outTradeNo: text });
  }
}

/** The series of /metrics: names with their labels. Throws for a line that is none. */
async function seriesOf({ send }: Running): Promise<ReadonlySet<string>> {
  const { text } = await send('GET', '/metrics');
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Set(
    lines.map((line) => {
      const series =
        /^(wxpay_inbox_[a-z0-9_]+(?:\{[a-z]+="[A-Za-z0-9+._-]*"(?:,[a-z]+="[A-Za-z0-9+._-]*")*\})?) \S+$/.exec(
          line,
        );
      if (series?.[1] === undefined) throw new Error(`no line of ours: ${line}`);
      return series[1];
    }),
  );
}

test(
  'nothing a caller sends becomes a label: more strangers add no series',
  () =>
    inFolder((folder) =>
      onServer(folder, async (server) => {
        await bother(server, 0);
        await server.settled();
        const before = await seriesOf(server);
        for (let n = 1; n <= 5; n += 1) await bother(server, n);
        await server.settled();
        await server.send('POST', '/workers/processInbox', {});
        const after = await seriesOf(server);
        expect([...after].filter((one) => !before.has(one))).toEqual([]);
        expect(after.size).toBeLessThan(250);
      }),
    ),
  60_000,
);

test.each([
  ...strange(1).filter((one) => one !== 'stranger1' && one !== 'constructor'),
  'OPS',
  'ops group',
  'ops\n',
  '',
])('an alarm target cannot be named %j, which becomes a label', (name) => {
  const watchdog = { targets: [{ name, kind: 'wecom' }] };
  expect(() => readConfig({ merchants: [{ subMchId: '1900000109' }], watchdog })).toThrow(
    'must be 1 to 32 of a-z 0-9 -, a letter first',
  );
});
