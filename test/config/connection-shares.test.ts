import { readConfig } from '../../lib/config/config';
import { leftToCallbacks } from '../../lib/config/connection-shares';
import { shortestGap, timesOfDay } from '../../lib/config/cron-times';
import { WORKERS } from '../../lib/config/jobs';

const merchants = [{ subMchId: '1900000109' }];
const sharesOf = (config: object) => readConfig({ merchants, ...config }).shares;

describe('the shares of the connections', () => {
  test.each([20, 50, 100, 200, 300, 400, 500, 1_000])(
    'of %i leave a quarter, at least 5, when every run that can overlap is under way',
    (connections) => {
      const shares = Object.values(sharesOf({ store: { connections } }));
      const taken = shares.reduce((sum, { runs, connections: each }) => sum + runs * each, 0);
      expect(connections - taken).toBeGreaterThanOrEqual(Math.max(5, connections / 4));
      expect(leftToCallbacks(connections)).toBeGreaterThanOrEqual(Math.max(5, connections / 4));
      for (const share of shares) {
        expect(share.connections).toBeGreaterThanOrEqual(1);
        expect(share.runSeconds).toBeGreaterThanOrEqual(30);
      }
    },
  );

  it('grow with the plan, and are made for the runs that are configured', () => {
    expect(sharesOf({ store: { connections: 20 } }).processInbox).toMatchObject({ connections: 1, runs: 4 });
    expect(sharesOf({}).processInbox).toEqual({ connections: 18, runs: 4, runSeconds: 48, helpers: 0 });
    expect(sharesOf({}).fulfillOrders).toMatchObject({ connections: 16, runs: 3 });
    expect(sharesOf({ inbox: { runs: 2 } }).processInbox).toMatchObject({ connections: 36, runs: 2 });
  });

  it('let a timer that runs seldom start helpers instead of overlapping itself', () => {
    const timers = { processInbox: '0 * * * * * *', fulfillOrders: '30 * * * * * *' };
    const shares = sharesOf({ timers });
    expect(shares.processInbox).toMatchObject({ runs: 4, runSeconds: 60, helpers: 3 });
    expect(shares.fulfillOrders).toMatchObject({ runs: 3, runSeconds: 60, helpers: 2 });
  });

  it('count the runs of a database trigger, which needs a plan that has one', () => {
    const trigger = { inbox: { databaseTrigger: true } };
    const { processInbox } = sharesOf({ ...trigger, store: { connections: 1_000 } });
    expect(processInbox.runs).toBe(4 + 3);
    const slow = { fulfilment: { timeoutSeconds: 40 }, store: { connections: 1_000 } };
    expect(sharesOf({ ...trigger, ...slow }).processInbox.runs).toBe(4 + 8);
    expect(() => sharesOf({ ...trigger, store: { connections: 100 } })).toThrow(
      'inbox.databaseTrigger (was true) and store.connections (was 100)',
    );
  });

  it('are refused when timers start more runs than there are connections for', () => {
    const timers = { followRefunds: '*/5 * * * * * *', reconcileOrders: '*/5 * * * * * *' };
    expect(() => sharesOf({ timers, store: { connections: 20 } })).toThrow('store.connections (was 20)');
    expect(() =>
      sharesOf({ fulfilment: { runs: 1 }, timers: { fulfillOrders: '*/10 * * * * * *' } }),
    ).toThrow('fulfilment.runs (was 1)');
  });

  it('refuse nothing of a server, which shares no connections', () => {
    const fast = { merchants: [{ subMchId: '1900000109' }], timers: { fulfillOrders: '* * * * * * *' } };
    expect(() => readConfig(fast)).toThrow('fulfilment.runs (was 3)');
    expect(readConfig(fast, 'server').timers.fulfillOrders).toBe('* * * * * * *');
  });
});

test('no two workers start in the same second', () => {
  const seconds = Object.values(WORKERS).flatMap(({ timer }) => [
    ...new Set((timesOfDay(timer) ?? []).map((at) => at % 60)),
  ]);
  expect(new Set(seconds).size).toBe(seconds.length);
});

test.each([
  ['*/12 * * * * * *', 12],
  ['7,37 * * * * * *', 30],
  ['50,55 * * * * * *', 5],
  ['0 * 10-23 * * * *', 60],
  ['30 */5 * * * * *', 300],
  ['0 0 3 * * * *', 3_600],
  ['odd', 60],
])('the runs of %s are at least %i s apart', (cron, gap) => {
  expect(shortestGap(cron)).toBe(gap);
});
