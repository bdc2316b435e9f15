import type { AlarmTarget } from '../lib/ops/watch/notice';
import { DeliveryError } from '../lib/ops/watch/notice';
import type { Speech } from '../lib/ops/watch/settings';
import { writeNotReady } from '../lib/ops/watch/write-notice';
import { errorText } from '../lib/runtime/error-text';
import type { Log } from '../lib/runtime/log';
import type { Timers } from '../lib/runtime/timers';
import type { Clock, Instant } from '../lib/values/instant';
import type { Readiness } from './readiness';

/** What the alarm works with. `elapsed`: a clock in ms that nobody sets. */
export interface ReadinessAlarmParts {
  readonly check: () => Promise<Readiness>;
  readonly targets: readonly AlarmTarget[];
  readonly speech: Speech;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly elapsed: () => number;
  readonly log: Log;
}

/** Tried so often, whoever asks for `/healthz` or not, in ms. */
const EVERY_MS = 15_000;

/** Told once nothing could be stored for so long, in ms: WeChat Pay's first tries come within it. */
const AFTER_MS = 60_000;

/** Told again after this while it lasts, in ms. */
const AGAIN_MS = 3_600_000;

/** An outage that is under way, and when each target was last told, by `elapsed`. */
interface Outage {
  readonly begunAt: number;
  readonly since: Instant;
  readonly toldAt: Map<string, number>;
}

/**
 * Tells the robots and webhooks that no notification can be stored. The watchdog cannot: it keeps in the store what it has told, and
 * the store is what fails. What was told is kept in memory here: a restart tells it once more.
 *
 *   ready ──a try fails──▶ failing ──60 s──▶ told ──an hour──▶ told again ──a try succeeds──▶ told that it is over ──▶ ready
 *
 * Failure policy: fail open. A target that does not take a notice is tried again with the next look; it keeps no other from being told.
 */
export function watchReadiness(parts: ReadinessAlarmParts): { stop(): void } {
  const { check, targets, clock, timers, elapsed, log } = parts;
  let outage: Outage | null = null;
  /** Targets that were told of an outage that has ended, and not yet that it has. */
  const owedAllClear = new Map<string, Outage>();
  let stopped = false;
  let cancel = (): void => undefined;

  const deliver = async (target: AlarmTarget, of: Outage, level: 0 | 100): Promise<boolean> => {
    const value = Math.max(0, Math.round(elapsed() - of.begunAt));
    const notice = writeNotReady(
      { level, value, threshold: AFTER_MS, since: of.since, at: clock.now() },
      parts.speech,
    );
    const fields = { outTradeNo: null, target: target.name, cause: notice.cause, level };
    try {
      await target.deliver(notice);
      log.info('alarm_delivered', fields);
      return true;
    } catch (error) {
      const why = error instanceof DeliveryError ? error.message : errorText(error);
      log.error('alarm_not_delivered', { ...fields, attempts: 1, error: why });
      return false;
    }
  };

  const tellOutage = async (of: Outage): Promise<void> => {
    const now = elapsed();
    const due = targets.filter(({ name }) => now - (of.toldAt.get(name) ?? -Infinity) >= AGAIN_MS);
    await Promise.all(
      due.map(async (target) => {
        if (await deliver(target, of, 100)) of.toldAt.set(target.name, now);
      }),
    );
  };

  const tellAllClear = async (): Promise<void> => {
    await Promise.all(
      targets.map(async (target) => {
        const of = owedAllClear.get(target.name);
        if (of !== undefined && (await deliver(target, of, 0))) owedAllClear.delete(target.name);
      }),
    );
  };

  const look = async (): Promise<void> => {
    const state = await check();
    if (state.kind === 'ready') {
      if (outage !== null) log.info('not_ready_over', { outTradeNo: null });
      for (const name of outage?.toldAt.keys() ?? []) if (outage !== null) owedAllClear.set(name, outage);
      outage = null;
      await tellAllClear();
      return;
    }
    if (outage === null) {
      outage = { begunAt: elapsed(), since: clock.now(), toldAt: new Map() };
      log.error('not_ready_on', { outTradeNo: null, why: state.why });
    }
    if (elapsed() - outage.begunAt >= AFTER_MS) await tellOutage(outage);
  };

  const next = (): void => {
    if (stopped) return;
    cancel = timers.after(EVERY_MS, () => void look().finally(next));
  };
  next();

  return {
    stop() {
      stopped = true;
      cancel();
    },
  };
}
