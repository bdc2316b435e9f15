import type { Budget } from '../../runtime/budget';
import type { Timers } from '../../runtime/timers';
import { errorText } from '../../runtime/error-text';
import type { Clock, Instant } from '../../values/instant';
import { isRecord } from '../../values/json';
import type { CloudFiles } from '../../archive/cloudbase/archive';
import { keptFiles } from './kept-files';
import type { Asking } from './questions';
import {
  clocks,
  documentSizes,
  dollarKeys,
  duplicateId,
  idsTaken,
  limitsOfQueries,
  parallelRequests,
  racingUpdates,
  updateCount,
  updateOfMany,
  writeThenRead,
} from './questions';
import type { ProbeDatabase } from './scratch';
import { openScratch, SCRATCH } from './scratch';
import { verdictOn, type ProbeVerdict } from './verdict';

/** The questions on scratch documents, in the order in which they are asked. */
const QUESTIONS = {
  duplicate_id: duplicateId,
  write_then_read: writeThenRead,
  racing_updates: racingUpdates,
  update_count: updateCount,
  update_of_many: updateOfMany,
  limits_of_queries: limitsOfQueries,
  ids_taken: idsTaken,
  dollar_keys: dollarKeys,
  document_sizes: documentSizes,
  clocks,
} as const satisfies Readonly<Record<string, (asking: Asking) => Promise<object>>>;

/** What a probe needs. */
export interface ProbeDeps {
  readonly db: ProbeDatabase;
  readonly files: CloudFiles;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly newId: () => string;
  /** Whether there are orders: the load test is only run without any. Rejects as the store does. */
  readonly hasOrders: () => Promise<boolean>;
  /** The environment's variables, of which only the marks of a run are told. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly nodeVersion: string;
  /** What the settings say of the environment and of this function, to be compared. */
  readonly settings: {
    readonly connections: number;
    readonly timeMs: number;
    readonly memoryMb: number;
  };
}

/** What the platform grants this run; null where it does not say. */
export interface Granted {
  readonly timeMs: number | null;
  readonly memoryMb: number | null;
}

/** What a probe found, as JSON: the answer to each question, or why there is none. */
export interface ProbeReport {
  readonly probe: 1;
  readonly at: Instant;
  readonly answers: Readonly<Record<string, object>>;
  readonly verdict: ProbeVerdict;
}

/**
 * Asks every question about the platform, on documents in a collection of its own that it removes
 * again, and tells what marks this run has. Never rejects: a question that fails is answered with
 * its error, and the next one is asked. About 700 requests, and 385 for the load test.
 *
 * Failure policy: fail open. Half of the answers are better than none; scratch documents that stay
 * behind hold nothing of a shop.
 */
export async function runProbe(
  deps: ProbeDeps,
  budget: Budget,
  event: unknown,
  granted: Granted,
): Promise<ProbeReport> {
  const { db, files, clock, timers, settings } = deps;
  const at = clock.now();
  const run = `probe-${deps.newId()}`;
  const scratch = openScratch(db);
  const isOver = () => budget.stopping || budget.remaining() < 10_000;
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      timers.after(ms, resolve);
    });
  const asking: Asking = { db, scratch, clock, run, isOver, pause };
  const answers: Record<string, object> = {
    this_run: thisRun(deps, at, event),
    run_limits: { ...granted, settings: { timeMs: settings.timeMs, memoryMb: settings.memoryMb } },
  };
  // It rejects when the collection is there already; if it cannot be made, every question says so.
  await Promise.resolve(db.createCollection(SCRATCH)).catch(() => undefined);
  for (const [name, question] of Object.entries(QUESTIONS)) {
    answers[name] = isOver() ? { error: 'no time was left' } : await answered(() => question(asking));
  }
  answers['files'] = isOver()
    ? { error: 'no time was left' }
    : await answered(() => keptFiles({ files, timers, run }));
  answers['parallel_requests'] = await answered(async () => {
    if (await deps.hasOrders()) return { error: 'not asked: this environment has orders' };
    return { ...(await parallelRequests(asking)), settings: { connections: settings.connections } };
  });
  await answered(async () => {
    await scratch.remove({ run });
    return {};
  });
  return { probe: 1, at, answers, verdict: verdictOn(answers) };
}

async function answered(ask: () => Promise<object>): Promise<object> {
  try {
    return await ask();
  } catch (error) {
    return { error: errorText(error).slice(0, 300) };
  }
}

/** The marks of this run: who started it, whether it has the token, its Node.js, its delay. */
function thisRun({ environment, nodeVersion }: ProbeDeps, at: Instant, event: unknown): object {
  const time = isRecord(event) && typeof event['Time'] === 'string' ? event['Time'] : '';
  const planned = time.endsWith('Z') ? Date.parse(`${time.slice(0, -1)}Z`) : NaN;
  return {
    source: environment['TCB_SOURCE'] ?? '',
    trigger: environment['TRIGGER_SRC'] ?? '',
    hasToken: environment['WX_API_TOKEN'] !== undefined,
    hasTriggerToken: environment['WX_TRIGGER_API_TOKEN_V0'] !== undefined,
    eventKeys: isRecord(event) ? Object.keys(event).sort() : [],
    timerLateMs: Number.isNaN(planned) ? null : at - planned,
    nodeVersion,
    region: environment['TENCENTCLOUD_REGION'] ?? '',
    zone: environment['TZ'] ?? '',
  };
}
