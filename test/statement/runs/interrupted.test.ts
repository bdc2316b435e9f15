import type { Budget } from '../../../lib/runtime/budget';
import { reconcileStatement } from '../../../lib/statement/run/reconcile';
import { later } from '../../../lib/values/instant';
import { StoreError } from '../../../lib/store/errors';
import { emptyState, type ModelState, type Step } from '../../simulation/model/state';
import { FULL_DAY_SETTINGS, fullDayBill, outcomeOf, seedFullDay } from './full-day';
import { cases } from '../../share';
import {
  billOf,
  DAY,
  day,
  memoryArchive,
  MORNING,
  orderOf,
  paidOrderOf,
  PLENTY,
  sale,
  SETTINGS,
  SMOOTH,
  stageOf,
  tinyBudget,
  type StatementStage,
} from './stage';

const BILL = fullDayBill();

/** What outlives a process. */
interface Disk {
  readonly state: ModelState;
  readonly files: Map<string, Uint8Array>;
}

/** A process on a disk, whose effects go through `step`. */
function processOn(disk: Disk, step: Step, start?: StatementStage): StatementStage {
  const stage = stageOf({
    state: disk.state,
    archive: memoryArchive(step, disk.files),
    step,
    settings: FULL_DAY_SETTINGS,
    ...(start === undefined ? {} : { start: start.now() }),
  });
  stage.bills.set(DAY, BILL);
  return stage;
}

async function seededDisk(): Promise<Disk> {
  const disk = { state: emptyState(), files: new Map<string, Uint8Array>() };
  await seedFullDay(processOn(disk, SMOOTH));
  return disk;
}

/** Dies at its `nth` effect, right before or right after it, and does nothing more. */
function dyingStep(
  nth: number,
  when: 'before' | 'after',
): { readonly step: Step; readonly died: () => boolean } {
  let effects = 0;
  let dead = false;
  const die = (): never => {
    dead = true;
    throw new StoreError('unavailable', 'the process is dead');
  };
  return {
    died: () => dead,
    step: async (_name, effect) => {
      if (dead) return die();
      effects += 1;
      if (effects < nth) return effect();
      if (when === 'before') return die();
      effect();
      return die();
    },
  };
}

const undisturbed = (async () => {
  const disk = await seededDisk();
  const stage = processOn(disk, SMOOTH);
  await stage.untilDone();
  return outcomeOf(stage, disk.state);
})();

test('the day has something of everything', async () => {
  const { reports } = await undisturbed;
  expect(reports).toHaveLength(1);
  expect(reports[0]?.report).toMatchObject({
    outcome: 'reconciled',
    tally: {
      theirs: { payments: { count: 12 }, refunds: { count: 4 } },
      matched: { payments: { count: 10 }, refunds: { count: 3 } },
      repaired: { payments: { count: 3 }, refunds: { count: 2 } },
      carriedOver: { payments: { count: 6 }, refunds: { count: 1 } },
      found: {
        missing_order: { count: 1 },
        amount_mismatch: { count: 1 },
        duplicate_payment: { count: 1 },
        paid_after_close: { count: 1 },
        fee_mismatch: { count: 1, sum: 9, difference: 3 },
        refund_missing_here: { count: 2 },
      },
      explained: 1,
      setAside: { duplicate_row: { count: 1 }, unreadable: { count: 1 } },
    },
  });
});

describe.each(['before', 'after'] as const)('a run that is killed right %s an effect', (when) => {
  it('and begun again comes to the same report and the same books, whichever effect it was', async () => {
    const expected = await undisturbed;
    // Death after one effect leaves on disk what death before the next one does: each is played
    // once, every second one as either.
    const step = cases({ everyTime: 2, all: 1 });
    let nth = 1;
    for (; nth < 1_000; nth += step) {
      const disk = await seededDisk();
      const dying = dyingStep(nth, when);
      const first = processOn(disk, dying.step);
      await first.untilDone().catch(() => undefined);
      if (!dying.died()) break;
      const second = processOn(disk, SMOOTH, first);
      await second.untilDone();
      expect({ nth, ...(await outcomeOf(second, disk.state)) }).toEqual({ nth, ...expected });
    }
    // It got through at last, and there was a good number of effects to die at.
    expect(nth).toBeGreaterThan(100);
    expect(nth).toBeLessThan(1_000);
  }, 120_000);
});

/** Fails once, at the `nth` effect of a settlement, and goes on well. */
function stumblingStep(
  nth: number,
  when: 'before' | 'after',
): { readonly step: Step; readonly failed: () => boolean } {
  let effects = 0;
  return {
    failed: () => effects >= nth,
    step: async (name, effect) => {
      if (!name.startsWith('settle.')) return effect();
      effects += 1;
      if (effects !== nth) return effect();
      if (when === 'after') effect();
      throw new StoreError('unavailable', 'the store stumbled');
    },
  };
}

describe.each(['before', 'after'] as const)('a run whose store fails once right %s an effect', (when) => {
  it('of a settlement waits for what was put off, whichever effect it was', async () => {
    const expected = await undisturbed;
    let nth = 1;
    for (; nth < 200; nth += 1) {
      const disk = await seededDisk();
      const { step, failed } = stumblingStep(nth, when);
      const stage = processOn(disk, step);
      await stage.untilDone();
      if (!failed()) break;
      expect({ nth, ...(await outcomeOf(stage, disk.state)) }).toEqual({ nth, ...expected });
    }
    expect(nth).toBeGreaterThan(10);
    expect(nth).toBeLessThan(200);
  }, 120_000);
});

it('a run that is killed again and again, after every few effects, comes to the same', async () => {
  const disk = await seededDisk();
  let last = processOn(disk, SMOOTH);
  for (let lives = 0; lives < 400; lives += 1) {
    const { step, died } = dyingStep(12, lives % 2 === 0 ? 'after' : 'before');
    const next = processOn(disk, step, last);
    await next.untilDone().catch(() => undefined);
    last = next;
    if (!died()) break;
  }
  await processOn(disk, SMOOTH, last).untilDone();
  const { reports, orders } = await outcomeOf(processOn(disk, SMOOTH, last), disk.state);
  const expected = await undisturbed;
  expect(orders).toEqual(expected.orders);
  expect(reports).toEqual(expected.reports);
}, 60_000);

describe('a run whose turns are short', () => {
  it('makes progress in every one of them, and comes to the same', async () => {
    const disk = await seededDisk();
    const stage = processOn(disk, SMOOTH);
    let turns = 0;
    const seen = new Set<string>();
    const budget = (): Budget => {
      turns += 1;
      const run = [...disk.state.runs.values()].find((one) => one.work.state === 'matching');
      const at =
        run?.work.state === 'matching' ? JSON.stringify([run.id, run.work.checkpoint]) : `turn ${turns}`;
      expect(seen).not.toContain(at);
      seen.add(at);
      return tinyBudget();
    };
    await stage.untilDone(budget);
    expect(turns).toBeGreaterThan(6);
    expect(await outcomeOf(stage, disk.state)).toEqual(await undisturbed);
  });

  it('is not begun without the time for it', async () => {
    const disk = await seededDisk();
    const stage = processOn(disk, SMOOTH);
    const { runs } = await stage.turn({ remaining: () => 10_000, stopping: false });
    expect(runs).toEqual([]);
    expect(stage.asked).toEqual([]);
  });

  it('stops at its checkpoint when it is asked to', async () => {
    const disk = await seededDisk();
    const stage = processOn(disk, SMOOTH);
    let asked = 0;
    const stopping: Budget = {
      remaining: () => 60_000,
      get stopping() {
        asked += 1;
        return asked > 2;
      },
    };
    const { runs } = await stage.turn(stopping);
    expect(runs.at(-1)).toMatchObject({ state: 'matching', checkpoint: { pass: 'payments' } });
    expect((await stage.run()).lease).toBeNull();
  });
});

describe('a message of the statement that somebody else has in hand', () => {
  async function withMessageTaken(forMs: number): Promise<StatementStage> {
    let taken = false;
    const step: Step = async (name, effect) => {
      const result = effect();
      // The inbox's own worker comes first.
      if (name === 'inbox.record' && !taken) {
        taken = true;
        const now = stage.now();
        const claim = { token: stage.deps.newToken(), now, leaseUntil: later(now, forMs), limit: 10 };
        expect(await stage.store.inbox.claim(claim)).toHaveLength(1);
      }
      return result;
    };
    const stage: StatementStage = stageOf({ step });
    await stage.store.orders.create(orderOf(sale(1)));
    stage.bills.set(DAY, billOf([sale(1), sale(2)]));
    return stage;
  }

  it('is waited for within the turn, so that the day is known in time', async () => {
    const stage = await withMessageTaken(20_000);
    const begun = stage.now();
    expect((await stage.turn()).runs).toMatchObject([{ state: 'done' }]);
    expect((await stage.report()).tally.repaired.payments.count).toBe(1);
    expect(stage.now() - begun).toBeLessThan(30_000);
  });

  it('for longer than there is time puts the run back, at its checkpoint', async () => {
    const stage = await withMessageTaken(3_600_000);
    const end = later(stage.now(), 50_000);
    const budget = { remaining: () => Math.max(0, end - stage.now()), stopping: false };
    expect((await stage.turn(budget)).runs).toMatchObject([
      { state: 'matching', checkpoint: { pass: 'payments', afterLine: 0 } },
    ]);
    expect(stage.now()).toBeLessThanOrEqual(end);
  });
});

describe('a run that somebody else has taken meanwhile', () => {
  it('is written no more, and neither is anything else, once its claim is lost', async () => {
    const disk = await seededDisk();
    let taken = false;
    const effectsAfter: string[] = [];
    const step: Step = async (name, effect) => {
      const result = effect();
      if (taken) effectsAfter.push(name);
      // The run is taken right after its second chunk was marked.
      if (!taken && name === 'orders.markStatement' && marks.push(name) === 2) {
        taken = true;
        for (const [id, run] of disk.state.runs) {
          if (run.lease !== null) disk.state.runs.set(id, { ...run, lease: { ...run.lease, token: other } });
        }
      }
      return result;
    };
    const marks: string[] = [];
    const stage: StatementStage = processOn(disk, step);
    const other = stage.deps.newToken();
    const { runs } = await stage.turn();
    expect(runs.at(-1)).toMatchObject({ state: 'lost' });
    // Finding out is one refused write; what follows is looking for other work.
    expect(effectsAfter).toEqual(['runs.save', 'runs.claim']);
    expect(stage.log.lines.map(({ event }) => event)).toContain('statement_lease_lost');
  });

  it('is let go of when its claim ran out, before anything is done for it', async () => {
    const disk = await seededDisk();
    const step: Step = async (name, effect) => {
      if (name === 'archive.keep' && stage.asked.length === 1) stage.advance(121_000);
      return effect();
    };
    const stage: StatementStage = processOn(disk, step);
    const { runs } = await stage.turn({ ...PLENTY });
    expect(runs[0]).toMatchObject({ state: 'lost' });
  });
});

describe('a chunk that takes longer than its lease', () => {
  const SALES = Array.from({ length: 12 }, (_, n) => sale(n + 1));

  /** A day of missed payments, repaired in batches of two. `slow` happens as each is recorded. */
  async function slowly(slow: (stage: StatementStage) => void) {
    const effects: string[] = [];
    const step: Step = async (name, effect) => {
      effects.push(name);
      const result = effect();
      if (name === 'inbox.record') slow(stage);
      return result;
    };
    const stage: StatementStage = stageOf({ step });
    for (const one of SALES) await stage.store.orders.create(orderOf(one));
    stage.bills.set(DAY, billOf(SALES));
    const { inbox } = stage.deps;
    const deps = { ...stage.deps, inbox: { ...inbox, settings: { ...inbox.settings, batch: 2 } } };
    const { runs } = await reconcileStatement(deps, PLENTY);
    return { stage, runs, effects };
  }

  it('is finished under a lease renewed on the way', async () => {
    const { stage, runs } = await slowly(({ advance }) => advance(20_000));
    expect(stage.now() - MORNING).toBeGreaterThanOrEqual(2 * SETTINGS.leaseMs);
    expect(runs).toMatchObject([
      { state: 'done', report: { tally: { repaired: { payments: { count: 12 } } } } },
    ]);
    expect(await stage.run()).toMatchObject({ attempts: 1, lease: null });
  });

  it('ends at the batch in which the lease expired, and compares nothing more', async () => {
    let recorded = 0;
    const { runs, effects } = await slowly(({ advance }) => {
      recorded += 1;
      if (recorded === 4) advance(SETTINGS.leaseMs + 1);
    });
    // Its lease is over, so it may take the run again itself.
    expect(runs).toMatchObject([{ state: 'lost' }, { state: 'done' }]);
    const held = effects.slice(0, effects.lastIndexOf('runs.claim', effects.lastIndexOf('runs.save')));
    const late = held.slice(held.indexOf('runs.claim'));
    expect(late.filter((name) => name === 'inbox.record')).toHaveLength(4);
    expect(late).not.toContain('orders.markStatement');
  });
});

it('a run that breaks off by itself is put back, and does not hold up the other days', async () => {
  const broken = day('20261122');
  const step: Step = async (name, effect) => {
    if (name === 'archive.keep' && stage.asked.at(-1)?.day === broken)
      throw new StoreError('invalid', 'broken');
    return effect();
  };
  const stage: StatementStage = stageOf({ step });
  await stage.store.orders.create(paidOrderOf(sale(1, { time: '2026-11-22 08:00:00' })));
  stage.bills.set(broken, billOf([sale(1, { time: '2026-11-22 08:00:00' })]));
  stage.bills.set(DAY, billOf([]));
  const { runs } = await stage.turn();
  expect(runs).toMatchObject([
    { day: broken, state: 'failed' },
    { day: DAY, state: 'done' },
  ]);
  expect(stage.log.lines.map(({ event }) => event)).toContain('statement_failed');
});
