import { createFunctionPool } from '../cloudbase/function-pool';
import { TAKEN, says, withRobot } from '../robots/loopback';
import { buildShop, openShop, ORIGINS, type Build } from './shop';

// Building and starting functions waits for a processor that others use too.
jest.setTimeout(120_000);

let build: Build;

beforeAll(async () => {
  build = await buildShop(
    {
      merchants: [{ subMchId: '1900000109', name: '茶铺' }],
      watchdog: {
        targets: [
          { name: 'duty', kind: 'feishu' },
          { name: 'lost', kind: 'wecom' },
        ],
        alarms: { backlog: { threshold: 1 } },
      },
    },
    { only: ['createOrder', 'payCallback', 'processInbox', 'watchdog'] },
  );
});
afterAll(() => build.remove());

test('the watchdog as built tells a robot, keeps what came of it, and names neither address nor secret', () =>
  withRobot(async (robot) => {
    robot.behave(says(TAKEN.feishu));
    const shop = await openShop(build.bundle);
    const secret = 'a-secret-of-the-robot-0123456789';
    const pool = createFunctionPool({
      bundle: build.bundle('watchdog'),
      name: 'watchdog',
      gatewayUrl: shop.cloud.url,
      envId: shop.cloud.envId,
      timeLimitMs: 60_000,
      env: { ALARM_DUTY_URL: `${robot.url}/open-apis/bot/v2/hook/0ec2sifa5aaa`, ALARM_DUTY_SECRET: secret },
    });
    try {
      shop.simulator.pay(await shop.order('request-0001'));
      await shop.simulator.whenQuiet();
      shop.cloud.resetCount();
      const answer = await pool.invoke({}, ORIGINS.timer);
      expect(answer).toMatchObject({ ok: true, on: ['backlog'], delivered: 1, failed: 1 });
      expect(shop.cloud.countRequests()).toBeLessThan(50);

      const [sent] = robot.received;
      expect(robot.received).toHaveLength(1);
      expect(sent?.body['msg_type']).toBe('text');
      expect(sent?.body['timestamp']).toMatch(/^\d{10}$/);
      expect(sent?.text).toContain('【告警 100%】积压 1 条待处理消息');
      expect(sent?.text).toContain('茶铺');

      const alarms = shop.cloud.database.documents('wxpay_alarms').filter(({ kind }) => kind === 'alarm');
      expect(alarms).toMatchObject([
        {
          _id: 'alarm:backlog',
          level: 100,
          told: 100,
          deliveries: [
            { target: 'duty', error: null, attempts: 1 },
            { target: 'lost', error: 'not_configured: ALARM_LOST_URL must be an https address' },
          ],
        },
      ]);
      expect(shop.cloud.database.documents('wxpay_figures')).toHaveLength(1);

      // Nobody else is rung by the same, and no client rings at all.
      expect(await pool.invoke({}, ORIGINS.timer)).toMatchObject({ ok: true, delivered: 0, failed: 0 });
      expect(await pool.invoke({}, ORIGINS.payer)).toMatchObject({ ok: false, code: 'REFUSED' });
      expect(robot.received).toHaveLength(1);
    } finally {
      const instances = pool.instances();
      await pool.stop();
      await shop.close();
      const written = instances.map((instance) => instance.output()).join('');
      expect(written).toContain('alarm_not_delivered');
      for (const text of [written, JSON.stringify(shop.cloud.database.documents('wxpay_alarms'))]) {
        expect(text).not.toContain(secret);
        expect(text).not.toContain('0ec2sifa5aaa');
      }
    }
    expect(shop.cloud.protocolErrors).toEqual([]);
  }));

test('a worker as built that has no token rings, until it has one again', () =>
  withRobot(async () => {
    const shop = await openShop(build.bundle);
    try {
      const outTradeNo = await shop.order('request-0001');
      const forge = () => shop.simulator.forge({ outTradeNo, source: 'wx_http' });
      await forge();
      await shop.run('processInbox', {}, { ...ORIGINS.timer, apiToken: null });
      expect(await shop.run('watchdog')).toMatchObject({ ok: true, on: ['missing_api_token'] });
      const signals = () =>
        shop.cloud.database.documents('wxpay_alarms').filter(({ kind }) => kind === 'signal');
      expect(signals()).toMatchObject([{ cause: 'missing_api_token', detail: 'processInbox' }]);
    } finally {
      await shop.close();
    }
    expect(shop.cloud.protocolErrors).toEqual([]);
  }));
