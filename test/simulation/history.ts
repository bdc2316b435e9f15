import { createHash } from 'node:crypto';
import type { Config } from '../../lib/config/config-schema';
import { settingsOf } from '../../lib/config/settings';
import { writtenConfig } from '../../lib/config/written';
import { errorText } from '../../lib/runtime/error-text';
import type { Caller } from '../../lib/model/caller';
import { formatBeijing, instant } from '../../lib/values/instant';
import { createSimulator } from '../../simulator/simulator';
import { checkBooks } from './checks/books';
import { startWatch } from './checks/watch';
import { drawPlatform, startPlatform } from './cloudbase/platform';
import { emptyState } from './model/state';
import type { CallMishap, CallSubject, Plan, StoreFault } from './plan/plan';
import { randomOf } from './random';
import { createScheduler } from './scheduler';
import { withVirtualGlobals } from './world/globals';
import { functionCalls } from './world/calls';
import { startCron } from './world/cron';
import { MERCHANTS } from './world/merchants';
import { playEvents } from './world/events';
import { startMachine } from './world/machine';
import { playPayers } from './world/payers';
import { noSightings } from './world/sightings';
import type { Wires } from './world/wire';
import type { World } from './world/world';
import { Violation } from './world/world';

/** How a history ended. */
export interface History {
  /** The rule that was broken, and how; null when none was. */
  readonly violation: { readonly rule: string; readonly detail: string } | null;
  readonly steps: number;
  /** What happened, line by line; empty unless it was wanted. */
  readonly trace: readonly string[];
  /** A hash of the trace and of how the database stands at the end; null without a trace. */
  readonly hash: string | null;
}

/** Midnight in Beijing of the first day of every history: 2026-03-02. */
const DAY_ONE = 1_772_380_800_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/**
 * What histories are played on: the model; the CloudBase adapter on the loopback's database; or the
 * same with workers as cloud functions run them, which look first and work in lanes.
 */
export const STORES = ['model', 'cloudbase', 'cloud'] as const;
export type StoreName = (typeof STORES)[number];

/** Plays a plan to its end and checks all rules. The same plan gives the same history. */
export async function playHistory(
  plan: Plan,
  { traced = false, store = 'model' }: { readonly traced?: boolean; readonly store?: StoreName } = {},
): Promise<History> {
  const random = randomOf(plan.seed, 1);
  const scheduler = createScheduler(DAY_ONE + plan.startOfDayMs, random);
  // All actions end after two days; then the bills arrive, and carried over discrepancies reach
  // their deadline.
  const until = DAY_ONE + (3 + plan.carryOverDays) * DAY + 18 * HOUR;
  const trace: string[] = [];
  const note = (line: () => string): void => {
    if (traced) trace.push(`${formatBeijing(scheduler.now(), 'DD HH:mm:ss.SSS')} ${line()}`);
  };
  const state = emptyState();
  const watch = startWatch(state, () => world);
  const world: World = {
    plan,
    scheduler,
    random,
    state,
    isInCloud: store === 'cloud',
    platform: store === 'model' ? null : startPlatform(drawPlatform(plan.seed), scheduler, state),
    files: new Map(),
    wechat: createSimulator({
      clock: scheduler,
      schedule: (delayMs, run) => scheduler.after(delayMs, null, run),
      deliver: async (event, { source, functionName }) => {
        const name = functionName === 'refundCallback' ? 'refundCallback' : 'payCallback';
        const caller: Caller = { payer: null, source, ip: '127.0.0.1', by: { kind: 'nobody' } };
        const answer = await call(name, event, caller);
        if (answer !== null && random.chance(0.5)) cron.ring('processInbox');
        return answer;
      },
      journal: { read: () => [], append: () => undefined, close: () => undefined },
      speed: 1,
      random: () => random.next(),
    }),
    deliveries: { calls: new Map(), parcels: new Map() },
    saidPaid: new Set(),
    cutBills: new Map(),
    disk: { nextFileKeeps: null, read: null },
    atHandOver: new Map(),
    sightings: noSightings(),
    slowQueries: { until: 0, takesMs: 0 },
    machines: [],
    clocksOffMs: [...plan.machines],
    watch,
    note,
  };
  const wires = wiresOf(world, configOf(plan));
  const call = functionCalls(world);
  const cron = startCron(world, until);
  let violation: History['violation'] = null;
  try {
    await withVirtualGlobals(scheduler, async () => {
      world.wechat.answerRefundQueries(plan.refundQueries);
      world.wechat.scriptRefund(null, plan.refundScript);
      plan.machines.forEach((_, index) => {
        wires.start(index);
      });
      playPayers(world, call);
      playEvents(world, wires, call);
      await scheduler.run(until, (next) => {
        cron.beforeTimeGoesOn(next);
      });
      checkBooks(world);
    });
  } catch (error) {
    violation =
      error instanceof Violation
        ? { rule: error.rule, detail: error.message }
        : {
            rule: 'goes_on',
            detail: error instanceof Error ? (error.stack ?? error.message) : errorText(error),
          };
    note(() => `VIOLATION ${violation?.detail ?? ''}`);
  }
  for (const machine of world.machines) if (machine) machine.group.alive = false;
  return { violation, steps: scheduler.steps, trace, hash: traced ? hashOf(trace, world) : null };
}

function wiresOf(world: World, config: Config): Wires & { start(index: number): void } {
  const storeFaults = new Map<number, StoreFault>(world.plan.storeFaults.map((fault) => [fault.nth, fault]));
  const callFaults = new Map<string, CallMishap>(
    world.plan.callFaults.map(({ about, nth, fault }) => [`${about} ${nth}`, fault]),
  );
  let storeSteps = 0;
  const calls = { order: 0, refund: 0, bill: 0 };
  let lives = 0;
  const wires = {
    nextStoreFault: () => storeFaults.get(storeSteps++) ?? null,
    nextCallFault: (about: CallSubject) => callFaults.get(`${about} ${calls[about]++}`) ?? null,
    start(index: number): void {
      if (world.machines[index]) return;
      world.machines[index] = startMachine(world, wires, config, index, (lives += 1));
    },
    crash(index: number, downMs: number): void {
      const machine = world.machines[index];
      if (!machine) return;
      world.note(() => `${machine.group.name} dies`);
      world.sightings.troubles.push({ from: world.scheduler.now(), to: world.scheduler.now() + downMs });
      machine.group.alive = false;
      world.machines[index] = null;
      world.scheduler.after(downMs, null, () => {
        wires.start(index);
      });
    },
    freeze(group: { readonly name: string; frozenUntil: number }, ms: number): void {
      world.note(() => `${group.name} stands still for ${ms} ms`);
      group.frozenUntil = Math.max(group.frozenUntil, world.scheduler.now() + ms);
      world.sightings.troubles.push({ from: world.scheduler.now(), to: group.frozenUntil });
    },
  };
  return wires;
}

const configs = new Map<string, Config>();

function configOf({ lateMoney, carryOverDays, merchants }: Plan): Config {
  const name = `${lateMoney} ${carryOverDays} ${merchants}`;
  const known = configs.get(name);
  if (known !== undefined) return known;
  // A bill is requested only every 70 minutes, to save time here; a merchant's configuration like
  // that is refused.
  const config = settingsOf(
    writtenConfig.parse({
      merchants: MERCHANTS.slice(0, merchants).map((subMchId) => ({ subMchId })),
      orders: { lateMoney },
      statement: { carryOverDays, notYetMinutes: 70 },
    }),
  );
  configs.set(name, config);
  return config;
}

function hashOf(trace: readonly string[], { state, deliveries }: World): string {
  const hash = createHash('sha256');
  for (const line of trace) hash.update(`${line}\n`);
  for (const table of [state.messages, state.orders, state.refunds, state.discrepancies, state.runs]) {
    hash.update(JSON.stringify([...table]));
  }
  hash.update(JSON.stringify([...deliveries.parcels]));
  return hash.digest('hex');
}

/** When this instant is, for people. */
export function timeOf(ms: number): string {
  return formatBeijing(instant(ms), 'YYYY-MM-DD HH:mm:ss');
}
