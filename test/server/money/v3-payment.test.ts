import { join } from 'node:path';
import { readConfig } from '../../../lib/config/config';
import { dayOf, daysLater, startOf } from '../../../lib/values/day';
import { instant, later } from '../../../lib/values/instant';
import { startServer } from '../../../server/start';
import { rememberedLog } from '../../inbox/stage';
import { putNewStore } from '../../store/sqlite/harness';
import { inFolder, LOGIN_SECRET, talkTo } from '../running';

const MERCHANTS = {
  direct: { channel: 'v3', mchId: '1900000001', appId: 'wx0000000000000001' },
  partner: {
    channel: 'v3',
    spMchId: '1900000009',
    spAppId: 'wx0000000000000009',
    subMchId: '1900000011',
    subAppId: 'wx0000000000000011',
  },
} as const;

const NUMBERS = { direct: '1900000001', partner: '1900000011' } as const;

describe.each(['direct', 'partner'] as const)('a server with a merchant on API v3, %s', (mode) => {
  test('takes an order from its creation to fulfilled, refunded in part, and reconciled', () =>
    inFolder(async (folder) => {
      putNewStore(join(folder, 'inbox.db'));
      let ahead = 0;
      const clock = { now: () => later(instant(Date.now()), ahead) };
      const running = await startServer({
        config: readConfig({
          merchants: [MERCHANTS[mode]],
          simulator: { speed: 10_000 },
          log: { level: 'silent' },
        }),
        settings: { host: '127.0.0.1', port: 0, dataDir: folder, opsToken: null, readToken: null },
        log: rememberedLog(),
        env: { LOGIN_SECRET },
        clock,
      });
      try {
        const server = talkTo(running, false);
        const made = await server.call('createOrder', {
          requestId: 'request-1',
          cart: [{ sku: 'tea', count: 1 }],
        });
        expect(made.body).toMatchObject({ ok: true });
        const outTradeNo = String(made.body['outTradeNo']);
        // The first send is a probe, which no server may take for a notification.
        const paid = await server.send('POST', '/simulator/pay', { outTradeNo, faults: { probes: 1 } });
        expect(paid.status).toBe(200);
        await server.settled();
        expect((await server.send('GET', `/demo/orders/${outTradeNo}`)).body).toMatchObject({
          order: { payment: { state: 'paid' }, fulfilment: { state: 'done' }, subMchId: NUMBERS[mode] },
          messages: [{ deliveries: 1 }],
          simulator: { deliveries: 2, acks: 1 },
          discrepancies: [],
        });

        const refund = { outTradeNo, refundFee: 800, callback: 'refundCallback' };
        expect((await server.send('POST', '/simulator/refund-in-back-office', refund)).status).toBe(200);
        await server.settled();

        const day = dayOf(clock.now());
        ahead += startOf(daysLater(day, 1)) + 11 * 3_600_000 - clock.now();
        const { body } = await server.send('POST', '/workers/reconcileStatement');
        expect(body).toMatchObject({ ok: true });
        const bill = await server.send('GET', `/simulator/bill/${NUMBERS[mode]}-${day}`);
        expect(bill.text.split(outTradeNo)).toHaveLength(3);
        // Nobody here asked for that refund, and the bill of the day explains it.
        const story = await server.send('GET', `/demo/orders/${outTradeNo}`);
        expect(story.body['discrepancies']).toMatchObject([
          { class: 'refund_missing_here', resolution: { by: 'auto', who: `${NUMBERS[mode]}:${day}` } },
        ]);
      } finally {
        await running.stop();
      }
    }));
});
