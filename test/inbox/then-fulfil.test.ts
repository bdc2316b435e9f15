import type { ProcessReport } from '../../lib/inbox/process';
import { processThenFulfil, type ThenFulfil } from '../../lib/inbox/then-fulfil';
import type { Budget } from '../../lib/runtime/budget';
import { PLENTY, rememberedLog } from './stage';

const NOTHING: ProcessReport = {
  claimed: 0,
  applied: 0,
  finished: 0,
  retried: 0,
  buried: 0,
  failed: 0,
  leaseLost: 0,
  beside: 0,
};
const APPLIED: ProcessReport = { ...NOTHING, claimed: 1, applied: 1 };

/** A run whose steps are noted, on timers that pass when the test says so. */
function running(over: Partial<ThenFulfil> = {}) {
  const steps: string[] = [];
  const waiting = new Set<() => void>();
  const log = rememberedLog();
  const parts: ThenFulfil = {
    process: async () => (steps.push('process'), APPLIED),
    look: async () => (steps.push('look'), NOTHING),
    fulfil: async () => (steps.push('fulfil'), { claimed: 1, done: 1 }),
    timers: {
      after: (_ms, then) => {
        waiting.add(then);
        return () => void waiting.delete(then);
      },
    },
    log,
    ...over,
  };
  const passTime = (): void => {
    for (const then of [...waiting]) then();
  };
  return { steps, log, passTime, run: (budget: Budget = PLENTY) => processThenFulfil(parts, budget) };
}

describe('a run of the inbox', () => {
  it('fulfils what it made due, and nothing when it made nothing due', async () => {
    const busy = running();
    expect(await busy.run()).toMatchObject({ applied: 1, fulfilled: 1 });
    expect(busy.steps).toEqual(['process', 'fulfil']);
    const idle = running({ process: async () => NOTHING });
    expect(await idle.run()).toMatchObject({ applied: 0, fulfilled: 0 });
    expect(idle.steps).toEqual([]);
  });

  it('processes what arrives while a hook hangs, begins no order meanwhile, and fulfils again', async () => {
    let release = (): void => undefined;
    const seen: boolean[] = [];
    let looked = (): void => undefined;
    const firstLook = new Promise<void>((resolve) => (looked = resolve));
    let looks = 0;
    const one = running({
      look: async () => {
        looks += 1;
        if (looks === 1) looked();
        return looks === 1 ? APPLIED : NOTHING;
      },
      fulfil: async (budget) => {
        seen.push(budget.stopping);
        if (seen.length === 1) await new Promise<void>((resolve) => (release = resolve));
        seen.push(budget.stopping);
        return { claimed: 1, done: 1 };
      },
    });
    const ended = one.run();
    await new Promise(setImmediate);
    one.passTime();
    await firstLook;
    release();
    expect(await ended).toMatchObject({ applied: 2, fulfilled: 2 });
    expect(seen).toEqual([false, true, false, false]);
  });

  it('ends as processing did when orders cannot be fulfilled', async () => {
    const one = running({ fulfil: () => Promise.reject(new Error('no store')) });
    expect(await one.run()).toMatchObject({ applied: 1, fulfilled: 0 });
    expect(one.log.lines).toMatchObject([{ event: 'fulfilment_run_failed' }]);
  });

  it('abandons no order under way when a look fails, and begins no further one', async () => {
    let finish = (): void => undefined;
    let seen: Budget = PLENTY;
    let looked = (): void => undefined;
    const firstLook = new Promise<void>((resolve) => (looked = resolve));
    let hasEnded = false;
    const one = running({
      look: async () => {
        looked();
        throw new Error('no store');
      },
      fulfil: async (budget) => {
        seen = budget;
        await new Promise<void>((resolve) => (finish = resolve));
        return { claimed: 1, done: 1 };
      },
    });
    const ended = one.run().finally(() => (hasEnded = true));
    const outcome = expect(ended).rejects.toThrow('no store');
    await new Promise(setImmediate);
    one.passTime();
    await firstLook;
    await new Promise(setImmediate);
    expect(hasEnded).toBe(false);
    expect(seen.stopping).toBe(true);
    finish();
    await outcome;
  });

  it('reports all that its looks did', async () => {
    let finish = (): void => undefined;
    const one = running({
      look: async () => {
        finish();
        return { ...NOTHING, claimed: 3, finished: 1, buried: 1, retried: 1 };
      },
      fulfil: async () => {
        await new Promise<void>((resolve) => (finish = resolve));
        return { claimed: 0, done: 0 };
      },
    });
    const ended = one.run();
    await new Promise(setImmediate);
    one.passTime();
    await new Promise(setImmediate);
    finish();
    expect(await ended).toMatchObject({ claimed: 4, applied: 1, finished: 1, buried: 1, retried: 1 });
  });

  it('does not outlive its time because a hook never answers', async () => {
    let left = 60_000;
    const one = running({ fulfil: () => new Promise(() => undefined) });
    const ended = one.run({ remaining: () => left, stopping: false });
    await new Promise(setImmediate);
    left = 0;
    one.passTime();
    expect(await ended).toMatchObject({ applied: 1, fulfilled: 0 });
  });
});
