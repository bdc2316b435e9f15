import { join } from 'node:path';
import { readConfig } from '../../../lib/config/config';
import { startServer } from '../../../server/start';
import { rememberedLog } from '../../inbox/stage';
import { putNewStore } from '../../store/sqlite/harness';
import { inFolder, LOGIN_SECRET, talkTo } from '../running';

/* `npm start` with merchants on the channel v3: their entries in config.json are enough. */

const DIRECT = { channel: 'v3', mchId: '1900000001', appId: 'wx8888888888888888' };
const PARTNER = {
  channel: 'v3',
  spMchId: '1900000001',
  spAppId: 'wx8888888888888888',
  subMchId: '1900000002',
  subAppId: 'wx7777777777777777',
};

test.each([
  ['direct', [DIRECT]],
  ['partner', [PARTNER]],
  ['beside a cloudpay merchant', [DIRECT, { subMchId: '1900000109' }]],
])('an order of a merchant on v3 is paid and fulfilled: %s', (_what, merchants) =>
  inFolder(async (dataDir) => {
    putNewStore(join(dataDir, 'inbox.db'));
    const running = await startServer({
      config: readConfig({ merchants, simulator: { speed: 10_000 }, log: { level: 'silent' } }),
      settings: { host: '127.0.0.1', port: 0, dataDir, opsToken: null, readToken: null },
      log: rememberedLog(),
      env: { LOGIN_SECRET },
    });
    try {
      const server = talkTo(running, false);
      const outTradeNo = await server.order('order-by-v3');
      expect((await server.send('POST', '/simulator/pay', { outTradeNo })).body['ok']).toBe(true);
      let order = '';
      for (let round = 0; round < 50 && !order.includes('parcel'); round += 1) {
        await server.call('queryOrder', { outTradeNo });
        for (const worker of ['processInbox', 'fulfillOrders'])
          await server.send('POST', `/workers/${worker}`);
        order = JSON.stringify((await server.call('queryOrder', { outTradeNo })).body);
      }
      expect(order).toContain('parcel');
    } finally {
      await running.stop();
    }
  }),
);
