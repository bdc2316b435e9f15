import { execFileSync, spawnSync } from 'node:child_process';
import { nodeRuns } from '../compiled/compiled';
import { cases } from '../share';
import { drawPlan } from './plan/draw';
import type { Plan } from './plan/plan';
import { shrink } from './run/shrink';

const SIMULATE = ['-C', 'test-shop', ...nodeRuns('test/simulation/run/main.ts')];

/** How many histories every `npm test` plays; `npm run simulate -- --seeds 100000` plays more. */
const HISTORIES = cases({ everyTime: 25, all: 10_000 });

test(`${HISTORIES} histories break no rule`, () => {
  const played = spawnSync(process.execPath, [...SIMULATE, '--seeds', String(HISTORIES)], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (played.status !== 0) throw new Error(`${played.stdout}\n${played.stderr}`);
  expect(played.stdout).toContain(`${HISTORIES} histories from seed 0`);
}, 600_000);

test('a seed gives the same history in another process, to the byte', () => {
  const told = (seed: number): string =>
    execFileSync(process.execPath, [...SIMULATE, '--seed', String(seed), '--trace'], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    });
  for (const seed of [3, 14]) {
    const first = told(seed);
    expect(first).toMatch(/ steps, [0-9a-f]{64}: no rule is broken/);
    expect(told(seed)).toBe(first);
  }
  expect(told(3)).not.toBe(told(4));
}, 60_000);

test('a history that fails is made as small as it still fails', async () => {
  const plan = seedWith((one) => one.orders.length > 2 && one.storeFaults.length > 5);
  const [culprit] = plan.storeFaults.slice(3);
  const [, order] = plan.orders;
  const fails = async ({ storeFaults, orders }: Plan) =>
    storeFaults.some((one) => one === culprit) && orders.some(({ n }) => n === order?.n);
  const smallest = await shrink(plan, fails);
  expect(smallest).toMatchObject({ storeFaults: [culprit], callFaults: [], events: [] });
  expect(smallest.orders).toEqual([
    expect.objectContaining({ n: 1, pay: null, hook: [], asks: [], requests: 1 }),
  ]);
  expect(smallest.machines).toEqual([0]);
});

function seedWith(wanted: (plan: Plan) => boolean): Plan {
  for (let seed = 0; seed < 1_000; seed += 1) {
    const plan = drawPlan(seed);
    if (wanted(plan)) return plan;
  }
  throw new Error('no such plan');
}
