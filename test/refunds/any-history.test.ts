import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { openSqliteStore } from '../../lib/store/sqlite/open';
import { emptyState } from '../simulation/model/state';
import { modelStore } from '../simulation/model/store';
import { cases } from '../share';
import type { Scene, Told, WorkerName } from './any-history/plays';
import { act, ask, begin, calmWeChatPay, histories, work } from './any-history/plays';
import { promisedTooMuch, watchOver, wrongInTheEnd } from './any-history/verdict';
import type { Fault, OpenStore, World, WorldParts } from './any-history/world';
import { createWorld } from './any-history/world';
import { steppingStore } from './any-history/stepping-store';

/*
 * Refunds in any history: payments, refunds requested by several people at once and in the merchant
 * platform, notifications that are lost, doubled or late, lost answers of WeChat Pay and of the
 * store, workers that die, bills. Two orders, the real simulator, and a clock that the history
 * moves. The steps of all functions and workers may come in any order, which the scheduler of
 * fast-check decides.
 *
 * Every run plays other histories. `HISTORIES=5000 npx jest test/refunds/any-history` plays more; a
 * failure names its seed and path, which `SEED=… SHRUNK=…` replays.
 */

const RUNS = Number(process.env['HISTORIES'] ?? 0);
const { SEED, SHRUNK } = process.env;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const ALL: readonly WorkerName[] = ['followRefunds', 'processInbox', 'reconcileOrders', 'reconcileStatement'];

/**
 * When the workers run after the history, in two rounds: each includes every schedule and every
 * bill.
 */
const CALM_DAYS = [
  [MINUTE, MINUTE, 5 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, ...Array.from({ length: 8 }, () => 6 * HOUR)],
  [MINUTE, 5 * MINUTE, 30 * MINUTE, ...Array.from({ length: 8 }, () => 6 * HOUR)],
] as const;

const faults: fc.Arbitrary<readonly Fault[]> = fc.array(
  fc.record({
    at: fc.integer({ min: 1, max: 600 }),
    effect: fc.constantFrom('none' as const, 'done' as const),
    then: fc.constantFrom('fails' as const, 'dies' as const),
  }),
  { maxLength: 12 },
);

/**
 * Everybody finishes their calls and repeats their requests; dead messages are replayed; WeChat Pay
 * delivers everything it knows, and time passes.
 */
async function comeToRest(world: World, told: Told): Promise<void> {
  const { simulator, time } = world;
  world.calm();
  await calmWeChatPay(world, told);
  await world.rest();
  const live = async (pauses: readonly number[]): Promise<void> => {
    for (const ms of pauses) {
      await time.pass(ms);
      for (const worker of ALL) await world.finish(work(world, worker));
      await world.rest();
    }
  };
  await live(CALM_DAYS[0]);
  for (const call of told.calls.values()) await world.finish(ask(world, told, call));
  const dead = await world.books.inbox.list({ state: 'dead', after: null, limit: 1_000 });
  await world.books.inbox.replay(
    dead.items.map(({ key }) => key),
    'li',
    time.clock.now(),
  );
  simulator.answerRefundQueries('whole');
  await live(CALM_DAYS[1]);
}

/**
 * Plays a history on a store. Adds what it caused at WeChat Pay to `seen`. Throws when anything is
 * wrong in the end.
 */
async function play(
  seen: Set<string>,
  open: OpenStore,
  scenes: readonly Scene[],
  parts: Omit<WorldParts, 'open' | 'watch'>,
): Promise<void> {
  const watch = watchOver(() => world);
  const world: World = createWorld({ ...parts, open, watch: watch.see });
  const told = await begin(world);
  const wrong: string[] = [];
  for (const scene of scenes) {
    await act(world, told, scene.play);
    await world.go(scene.steps);
    wrong.push(...(await promisedTooMuch(world, told)));
  }
  await comeToRest(world, told);
  wrong.push(...watch.faults, ...(await promisedTooMuch(world, told)), ...(await wrongInTheEnd(world, told)));
  world.simulator.stop();
  wrong.push(...world.surprises.map(String));
  for (const { asked, state } of world.simulator.refunds()) seen.add(`${asked.requestedIn} ${state}`);
  if (wrong.length === 0) return;
  const { faults: broken, lateMoney, callbacks } = parts;
  const story = [...scenes, ...broken, { lateMoney, callbacks }].map((one) => JSON.stringify(one));
  throw new Error([...wrong, 'in this history:', ...story].join('\n'));
}

const given = [
  fc.scheduler(),
  histories,
  faults,
  fc.constantFrom('hold' as const, 'fulfil' as const, 'refund' as const),
  fc.constantFrom('as_named' as const, 'as_named' as const, 'swapped' as const),
] as const;

const settings = (runs: number) => ({
  numRuns: RUNS || runs,
  ...(SEED === undefined ? {} : { seed: Number(SEED) }),
  ...(SHRUNK === undefined ? {} : { path: SHRUNK, endOnFailure: true }),
});

/** What comes about in histories that are worth playing. */
const WORTH_SEEING = ['API SUCCESS', 'API REFUNDCLOSE', 'VENDOR_PLATFORM SUCCESS'];

describe('in any history no more goes back than was paid, no refund is lost, and all stands as WeChat Pay has it', () => {
  const onModel = (seen: Set<string>) =>
    fc.asyncProperty(...given, async (scheduler, scenes, broken, lateMoney, callbacks) => {
      const state = emptyState();
      const open: OpenStore = (step) => modelStore(state, step);
      await play(seen, open, scenes, { scheduler, faults: broken, lateMoney, callbacks });
    });

  test('on the model store, which settles in steps', async () => {
    await fc.assert(onModel(new Set()), settings(cases({ everyTime: 4, all: 100 })));
  }, 3_600_000);

  // Of one seed: what a few histories of any seed show is left to chance.
  test('and much comes about in them', async () => {
    const seen = new Set<string>();
    await fc.assert(onModel(seen), { numRuns: 30, seed: 20261126 });
    expect([...seen]).toEqual(expect.arrayContaining(WORTH_SEEING));
  }, 3_600_000);

  test('on SQLite', async () => {
    await fc.assert(
      fc.asyncProperty(...given, async (scheduler, scenes, broken, lateMoney, callbacks) => {
        const folder = mkdtempSync(join(tmpdir(), 'wxpay-inbox-'));
        const store = openSqliteStore({ file: join(folder, 'inbox.db') });
        try {
          const open: OpenStore = (step) => steppingStore(store, step);
          await play(new Set(), open, scenes, { scheduler, faults: broken, lateMoney, callbacks });
        } finally {
          store.close();
          rmSync(folder, { recursive: true });
        }
      }),
      settings(cases({ everyTime: 2, all: 30 })),
    );
  }, 3_600_000);
});
