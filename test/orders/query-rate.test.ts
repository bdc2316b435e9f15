import { PLENTY } from '../inbox/stage';
import { manualTime } from '../simulator/manual-time';
import { MINUTE, onAsking } from './asking';

test('runs that query orders at the same time keep to one rate together', () =>
  onAsking(async (asking) => {
    await asking.make(30);
    asking.advance(MINUTE);
    const time = manualTime(asking.deps.clock.now());
    const begun: number[] = [];
    const { wechat, reconcileSettings } = asking.reconcile;
    const parts = {
      clock: time.clock,
      timers: { after: time.schedule },
      reconcileSettings: { ...reconcileSettings, perSecond: 5, batch: 10 },
      wechat: {
        ...wechat,
        queryOrder: (request: Parameters<typeof wechat.queryOrder>[0]) => {
          begun.push(time.clock.now());
          return wechat.queryOrder(request);
        },
      },
    };
    const ended: true[] = [];
    const runs = Promise.all([1, 2, 3].map(() => asking.run(PLENTY, parts))).finally(() => ended.push(true));
    for (let step = 0; step < 2_000 && ended.length === 0; step += 1) await time.pass(50);
    const reports = await runs;
    expect(reports.reduce((sum, { asked }) => sum + asked, 0)).toBe(begun.length);
    expect(begun.length).toBeGreaterThan(5);
    // One more where a call reaches WeChat Pay a step of the clock after its turn.
    const most = begun.map((from) => begun.filter((at) => at >= from && at < from + 1_000).length);
    expect(Math.max(...most)).toBeLessThanOrEqual(6);
  }));
