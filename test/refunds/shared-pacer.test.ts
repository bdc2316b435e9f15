import { followRefunds } from '../../lib/refunds/follow';
import { refundOrder } from '../../lib/refunds/request';
import { sharedPacer } from '../../lib/store/shared-pacer';
import { StoreError } from '../../lib/store/errors';
import { later } from '../../lib/values/instant';
import { PLENTY, rememberedLog } from '../inbox/stage';
import { manualTime } from '../simulator/manual-time';
import type { ManualTime } from '../simulator/manual-time';
import { emptyState } from '../simulation/model/state';
import { modelStore } from '../simulation/model/store';
import { START, tradeNo } from '../store/builders';
import type { RefundStage } from './stage';
import { onRefundStage, OPERATOR, requested } from './stage';

const instantly = async <Result>(_name: string, effect: () => Result): Promise<Result> => effect();
const away = (): Promise<never> => Promise.reject(new StoreError('unavailable', 'the store is away'));

/** Lets time pass until the work has ended. */
async function until<Result>(time: ManualTime, work: Promise<Result>): Promise<Result> {
  const ended: true[] = [];
  const end = (): void => void ended.push(true);
  work.then(end, end);
  for (let step = 0; step < 2_000 && ended.length === 0; step += 1) await time.pass(50);
  return work;
}

/** The most that began within any second. */
function mostPerSecond(begun: readonly number[]): number {
  return Math.max(...begun.map((from) => begun.filter((at) => at >= from && at < from + 1_000).length));
}

/** A stage whose time passes, and the times at which WeChat Pay was asked. */
function paced(stage: RefundStage, perSecond: number) {
  const time = manualTime(later(START, 60_000));
  const asked: number[] = [];
  const { wechat, refundSettings } = stage.deps;
  const deps = {
    ...stage.deps,
    clock: time.clock,
    timers: { after: time.schedule },
    refundSettings: { ...refundSettings, perSecond, batch: 4, concurrency: 4 },
    wechat: {
      ...wechat,
      refund: (request: Parameters<typeof wechat.refund>[0]) => {
        asked.push(time.clock.now());
        return wechat.refund(request);
      },
    },
  };
  return { time, asked, deps };
}

test('runs at the same time keep to one rate together', () =>
  onRefundStage(async (stage) => {
    for (let n = 1; n <= 20; n += 1) await requested(stage, n, 1);
    const { time, asked, deps } = paced(stage, 5);
    const reports = await until(time, Promise.all([1, 2, 3].map(() => followRefunds(deps, PLENTY))));
    expect(reports.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(asked.length);
    expect(asked.length).toBeGreaterThan(5);
    // One more where a call reaches WeChat Pay a step of the clock after its turn.
    expect(mostPerSecond(asked)).toBeLessThanOrEqual(6);
  }));

test('a run without a turn asks nothing, ends, and leaves its refunds due', () =>
  onRefundStage(async (stage) => {
    await requested(stage);
    const { time, asked, deps } = paced(stage, 5);
    const store = { ...stage.store, paces: { take: away } };
    const report = await until(time, followRefunds({ ...deps, store }, PLENTY));
    expect(report).toMatchObject({ claimed: 1, returned: 1, stopped: 'no_turn' });
    expect(asked).toEqual([]);
    await time.pass(300_000);
    expect(await until(time, followRefunds(deps, PLENTY))).toMatchObject({ accepted: 1 });
  }));

test('a refund that an operator asks for begins at once, and runs give way for it', () =>
  onRefundStage(async (stage) => {
    await requested(stage, 1, 1);
    const { time, asked, deps } = paced(stage, 1);
    const request = { outTradeNo: tradeNo(1), amount: 1, requestId: 'one-more-1' };
    await refundOrder(deps, request, OPERATOR);
    await until(time, followRefunds(deps, PLENTY));
    const [first = 0, second = 0] = asked;
    expect(first).toBe(later(START, 60_000));
    expect(second - first).toBeGreaterThanOrEqual(1_000);
  }));

test('a refund without a turn stays requested, and a run asks for it', () =>
  onRefundStage(async (stage) => {
    const { time, asked, deps } = paced(stage, 5);
    const request = { outTradeNo: tradeNo(1), amount: 1, requestId: 'one-more-1' };
    const store = { ...stage.store, paces: { take: away } };
    const reply = await refundOrder({ ...deps, store }, request, OPERATOR);
    expect(reply).toMatchObject({ ok: true, refund: { state: 'requested' } });
    expect(asked).toEqual([]);
    await time.pass(120_000);
    expect(await until(time, followRefunds(deps, PLENTY))).toMatchObject({ accepted: 1 });
  }));

describe('the pacer of a run', () => {
  function pacer(perSecond: number) {
    const time = manualTime(START);
    let taken = 0;
    const step = <Result>(name: string, effect: () => Result): Promise<Result> => {
      taken += 1;
      return instantly(name, effect);
    };
    const store = modelStore(emptyState(), step);
    const deps = { store, clock: time.clock, timers: { after: time.schedule }, log: rememberedLog() };
    const open = () => sharedPacer(deps, 'refunds', perSecond);
    return { time, open, taken: () => taken };
  }

  test('asks the store less than once per second of work, and never without', async () => {
    const { time, open, taken } = pacer(5);
    const one = open();
    expect(taken()).toBe(0);
    const turns = Array.from({ length: 100 }, async () => {
      expect(await one.turn()).toBe(true);
      return time.clock.now() - START;
    });
    const begun = await until(time, Promise.all(turns));
    expect(mostPerSecond(begun)).toBe(5);
    expect(begun.at(-1)).toBeLessThan(20_000);
    expect(taken()).toBeLessThanOrEqual(16);
  });

  test('saves up nothing over a pause', async () => {
    const { time, open } = pacer(5);
    const one = open();
    await until(time, Promise.all(Array.from({ length: 4 }, () => one.turn())));
    await time.pass(60_000);
    const begun: number[] = [];
    const turns = Array.from({ length: 12 }, async () => {
      await one.turn();
      begun.push(time.clock.now());
    });
    await until(time, Promise.all(turns));
    expect(mostPerSecond(begun)).toBeLessThanOrEqual(5);
  });

  test('grants no turn when the others have taken all that lies near', async () => {
    const { time, open } = pacer(1);
    const turns = Array.from({ length: 12 }, () => open().turn());
    const had = await until(time, Promise.all(turns));
    expect(had.filter((one) => one)).toHaveLength(6);
  });
});
