import { SCHEMA } from '../../../lib/store/cloudbase/schema';
import type { DatabaseBehaviour } from '../../cloudbase/database/behaviour';
import { DUPLICATE_SHAPES } from '../../cloudbase/database/collections';
import { newDatabase, type Database } from '../../cloudbase/database/engine';
import type { PlatformLimits } from '../../cloudbase/limits';
import { newTraffic, type Traffic } from '../../cloudbase/traffic';
import type { ModelState } from '../model/state';
import { randomOf } from '../random';
import type { Scheduler } from '../scheduler';
import { mirrorOf, type Mirror } from './mirror';

/** What a history's platform does to its requests. Drawn from the seed, apart from the plan. */
export interface PlatformPlan {
  /** How far reads are behind, in ms. */
  readonly readLagMs: number;
  /** Whether others come in between two documents of one update. */
  readonly interleaves: boolean;
  readonly connections: number;
  readonly requestsPerSecond: number;
  readonly duplicates: DatabaseBehaviour['duplicates'];
  readonly updatedCounts: DatabaseBehaviour['updatedCounts'];
}

/** Draws a platform. */
export function drawPlatform(seed: number): PlatformPlan {
  const random = randomOf(seed, 5);
  return {
    readLagMs: random.pick([0, 50, 150, 600, 2_000]),
    interleaves: random.chance(0.6),
    connections: random.pick([Infinity, 20, 6, 3]),
    requestsPerSecond: random.pick([Infinity, Infinity, 100, 40]),
    duplicates: random.pick(DUPLICATE_SHAPES),
    updatedCounts: random.pick(['matched', 'modified']),
  };
}

/** A CloudBase environment of a history: the loopback's database in the history's own time. */
export interface Platform {
  readonly plan: PlatformPlan;
  readonly database: Database;
  readonly traffic: Traffic;
  readonly mirror: Mirror;
}

/** An empty environment, whose documents are mirrored into the state that the rules look at. */
export function startPlatform(plan: PlatformPlan, scheduler: Scheduler, state: ModelState): Platform {
  const { readLagMs, connections, requestsPerSecond, duplicates, updatedCounts } = plan;
  const limits: PlatformLimits = { readLagMs, connections, requestsPerSecond };
  const database = newDatabase(
    { duplicates, updatedCounts, hasMattered: false },
    { schedule: (ms, run) => scheduler.after(ms, null, run) },
    limits,
    scheduler,
  );
  for (const name of Object.keys(SCHEMA)) database.createCollection(name);
  return {
    plan,
    database,
    traffic: newTraffic(limits, scheduler),
    mirror: mirrorOf(database, state),
  };
}
