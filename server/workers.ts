import { Cron } from 'croner';
import type { Budget } from '../lib/runtime/budget';
import { budgetOf } from '../lib/runtime/budget';
import type { Config } from '../lib/config/config-schema';
import { restsOf } from '../lib/config/quiet-hours';
import { WORKER_NAMES, type WorkerName } from '../lib/config/jobs';
import { errorText } from '../lib/runtime/error-text';
import type { Log } from '../lib/runtime/log';
import type { WorkerHandler } from '../lib/hosting/ports';
import { stopwatch } from '../lib/runtime/stopwatch';
import type { WorkerStandings } from '../lib/ops/running/worker-standing';
import type { WorkerRun } from '../lib/store/worker-runs';
import type { Clock } from '../lib/values/instant';
import { instant } from '../lib/values/instant';

/** Called after every run. `report` is null for a run that failed. */
export type RunObserver = (worker: WorkerName, report: object | null, seconds: number) => void;

/** Runs the workers: by timer, at once when something new arrives, and on request. */
export interface Workers {
  /**
   * Runs it once, now, even beside other runs, and returns its report. Rejects with the run's
   * error.
   */
  run(worker: WorkerName): Promise<object>;
  /** There may be work: runs it now, or once more after the current run. */
  wake(worker: WorkerName): void;
  /** How each worker stands, in the order of `WORKERS`. */
  standings(): WorkerStandings;
  /** Resolves when no woken run is running or waiting. */
  whenIdle(): Promise<void>;
  /**
   * Stops the timers, asks current runs to finish or return their claims, and resolves when all
   * have.
   */
  stop(): Promise<void>;
}

/**
 * Calls `run` whenever a 7-field expression falls due, in Beijing time, until it is stopped.
 * `nextRun`: when it does so next; null for never.
 */
export type StartTimer = (expression: string, run: () => void) => { stop(): void; nextRun(): Date | null };

/** Timers that do not keep the process alive. Throws for an expression that croner cannot read. */
export const startBeijingTimer = (expression: string, run: () => void): Cron =>
  new Cron(expression, { timezone: 'Asia/Shanghai', unref: true }, run);

/** What the workers need. */
export interface WorkersParts {
  readonly handlers: Readonly<Record<WorkerName, WorkerHandler>>;
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly observe: RunObserver;
  readonly startTimer: StartTimer;
}

/**
 * Starts the timers: the same 7-field expressions as in the cloud, in Beijing time.
 *
 * In quiet hours most of them wake nobody; what is new always does.
 *
 * A worker woken by its timer or by new work never overlaps itself:
 *
 *   idle ── wake ──▶ running ── wake ──▶ running, once more ── end ──▶ running
 *     ▲                 │ end
 *     └─────────────────┘
 */
export function startWorkers(parts: WorkersParts): Workers {
  const stopping = new AbortController();
  const runs = new Set<Promise<unknown>>();
  const woken = new Map<WorkerName, 'running' | 'again'>();
  const idleWaiters: (() => void)[] = [];
  const last = new Map<WorkerName, WorkerRun>();
  const running = new Map<WorkerName, number>();

  const { quietHours, timers: expressions } = parts.config;
  const rests = new Map(
    WORKER_NAMES.map((worker) => [worker, restsOf(quietHours, worker, expressions[worker])] as const),
  );

  const run = (worker: WorkerName): Promise<object> => {
    const elapsed = stopwatch(parts.clock);
    const startedAt = parts.clock.now();
    running.set(worker, (running.get(worker) ?? 0) + 1);
    const note = (outcome: WorkerRun['outcome']): void => {
      running.set(worker, (running.get(worker) ?? 1) - 1);
      last.set(worker, { startedAt, ms: Math.round(elapsed()), outcome });
    };
    const budget: Budget = budgetOf(parts.clock, parts.config.functions[worker].timeoutMs, stopping.signal);
    const seconds = () => elapsed() / 1000;
    const ended = parts.handlers[worker](budget).then(
      (report) => {
        note('done');
        rests.get(worker)?.ran({ remainingMs: budget.remaining() });
        parts.observe(worker, report, seconds());
        return report;
      },
      (error: unknown) => {
        note('broke_off');
        rests.get(worker)?.ran('failed');
        parts.observe(worker, null, seconds());
        parts.log.error('worker_failed', { outTradeNo: null, worker, error: errorText(error) });
        throw error;
      },
    );
    const settled = ended.catch(() => undefined);
    runs.add(settled);
    void settled.then(() => runs.delete(settled));
    return ended;
  };

  const runWoken = async (worker: WorkerName): Promise<void> => {
    do {
      woken.set(worker, 'running');
      // Failure policy: fail open. A failed run is logged and counted; the timer starts the next
      // one.
      await run(worker).catch(() => undefined);
    } while (woken.get(worker) === 'again' && !stopping.signal.aborted);
    woken.delete(worker);
    if (woken.size === 0) for (const resolve of idleWaiters.splice(0)) resolve();
  };

  const wake = (worker: WorkerName): void => {
    if (stopping.signal.aborted) return;
    if (woken.has(worker)) woken.set(worker, 'again');
    else void runWoken(worker);
  };

  const timer = (worker: WorkerName) => {
    return parts.startTimer(expressions[worker], () => {
      if (rests.get(worker)?.at(parts.clock.now()) !== true) wake(worker);
    });
  };
  const timers = new Map(WORKER_NAMES.map((worker) => [worker, timer(worker)] as const));

  return {
    run,
    wake,
    standings: () => ({
      workers: WORKER_NAMES.map((worker) => {
        const next = timers.get(worker)?.nextRun() ?? null;
        return {
          worker,
          isRunning: (running.get(worker) ?? 0) > 0,
          last: last.get(worker) ?? null,
          nextAt: next === null ? null : instant(next.getTime()),
        };
      }),
      notedEveryMs: null,
    }),
    whenIdle: () =>
      new Promise((resolve) => {
        if (woken.size === 0) resolve();
        else idleWaiters.push(resolve);
      }),
    async stop() {
      stopping.abort();
      for (const each of timers.values()) each.stop();
      while (runs.size > 0) await Promise.all(runs);
    },
  };
}
