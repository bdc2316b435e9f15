import type { AlarmTarget } from '../../lib/ops/watch/notice';
import { DeliveryError } from '../../lib/ops/watch/notice';
import type { Speech } from '../../lib/ops/watch/settings';
import { writeNotReady } from '../../lib/ops/watch/write-notice';
import { errorText } from '../../lib/runtime/error-text';
import type { Log } from '../../lib/runtime/log';
import type { Timers } from '../../lib/runtime/timers';
import type { Clock, Instant } from '../../lib/values/instant';
import type { OutageSpeaker } from './outage-speaker';
import type { Readiness } from './readiness';

/** What the alarm needs. `elapsed`: a clock in ms that nobody sets. */
export interface ReadinessAlarmParts {
  readonly check: () => Promise<Readiness>;
  readonly speaker: OutageSpeaker;
  readonly targets: readonly AlarmTarget[];
  readonly speech: Speech;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly elapsed: () => number;
  readonly log: Log;
}

/** How often readiness is tested, in ms, whether or not anybody requests `/healthz`. */
const EVERY_MS = 15_000;

/**
 * Notifies when nothing could be stored for this long, in ms: WeChat Pay's first attempts fall
 * within it.
 */
const AFTER_MS = 60_000;

/**
 * The same, in ms, for a server that leaves notices to another one: by then that one has notified,
 * unless it can still store, or has stopped.
 */
const OTHERS_AFTER_MS = 300_000;

/** Notifies again after this while it lasts, in ms. */
const AGAIN_MS = 3_600_000;

/** A current outage, and when each target was last notified, by `elapsed`. */
interface Outage {
  readonly begunAt: number;
  readonly since: Instant;
  /** How long it lasts before this server notifies, in ms. */
  readonly afterMs: number;
  readonly toldAt: Map<string, number>;
}

/**
 * Notifies the robots and webhooks that no notification can be stored. The watchdog cannot do it,
 * because it keeps its alarms in the failing store. The state is kept in memory here, so a restart
 * notifies once more.
 *
 *   ready ──a test fails──▶ failing ──60 s──▶ notified ──an hour──▶ notified again
 *     ▲                                          └── a test succeeds ──▶ all-clear ──┐
 *     └──────────────────────────────────────────────────────────────────────────────┘
 *
 * Failure policy: fail open. A target that does not accept a notice is tried again at the next
 * test, and delays no other target.
 */
export function watchReadiness(parts: ReadinessAlarmParts): { stop(): void } {
  const { check, speaker, targets, clock, timers, elapsed, log } = parts;
  let outage: Outage | null = null;
  /** Targets that were notified of an outage that has ended, and still need the all-clear. */
  const owedAllClear = new Map<string, Outage>();
  let stopped = false;
  let cancel = (): void => undefined;

  const deliver = async (target: AlarmTarget, outage: Outage, level: 0 | 100): Promise<boolean> => {
    const value = Math.max(0, Math.round(elapsed() - outage.begunAt));
    const notice = writeNotReady(
      { level, value, threshold: outage.afterMs, since: outage.since, at: clock.now() },
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

  const tellOutage = async (outage: Outage): Promise<void> => {
    const now = elapsed();
    const due = targets.filter(({ name }) => now - (outage.toldAt.get(name) ?? -Infinity) >= AGAIN_MS);
    await Promise.all(
      due.map(async (target) => {
        if (await deliver(target, outage, 100)) outage.toldAt.set(target.name, now);
      }),
    );
  };

  const tellAllClear = async (): Promise<void> => {
    await Promise.all(
      targets.map(async (target) => {
        const owed = owedAllClear.get(target.name);
        if (owed !== undefined && (await deliver(target, owed, 0))) owedAllClear.delete(target.name);
      }),
    );
  };

  const look = async (): Promise<void> => {
    const state = await check();
    if (state.kind === 'ready') {
      if (outage !== null) log.info('not_ready_over', { outTradeNo: null });
      for (const name of outage?.toldAt.keys() ?? []) if (outage !== null) owedAllClear.set(name, outage);
      outage = null;
      await Promise.all([tellAllClear(), speaker.renew()]);
      return;
    }
    if (outage === null) {
      const afterMs = speaker.speaks() ? AFTER_MS : OTHERS_AFTER_MS;
      outage = { begunAt: elapsed(), since: clock.now(), afterMs, toldAt: new Map() };
      log.error('not_ready_on', { outTradeNo: null, why: state.why });
    }
    if (elapsed() - outage.begunAt >= outage.afterMs) await tellOutage(outage);
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
