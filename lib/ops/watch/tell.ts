import pRetry from 'p-retry';
import type { Budget } from '../../runtime/budget';
import { errorText } from '../../runtime/error-text';
import type { Log } from '../../runtime/log';
import type { Store } from '../../store/port';
import type { Clock } from '../../values/instant';
import type { Alarm, AlarmDelivery } from '../../model/alarm';
import type { AlarmChange } from './next-alarm';
import type { AlarmTarget } from './notice';
import { DeliveryError } from './notice';
import type { Speech } from './settings';
import { printable, writeNotice } from './write-notice';

/** What sending notices needs. */
export interface TellDeps {
  readonly store: Pick<Store, 'alarms'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly targets: readonly AlarmTarget[];
  /** The pause before the first quick retry, in ms. */
  readonly retryPauseMs: number;
}

/**
 * With less than this left, in ms, nothing more is sent: a target may take 5 s, and its result must
 * be stored.
 */
const RESERVE_MS = 12_000;

/** Further attempts within one run. */
const QUICK_RETRIES = 2;

/** The result of one notice to one target. */
interface Told {
  readonly alarm: Alarm;
  readonly delivery: AlarmDelivery;
}

/**
 * Sends each target its pending notices, the worst first, and stores the results. Targets are
 * served concurrently, each one notice after the other. Never rejects.
 *
 * Failure policy: fail open. A target that does not accept a notice gets no more in this run; the
 * next runs try again. A notice whose result could not be stored is sent again: twice is better
 * than never.
 */
export async function tell(
  deps: TellDeps,
  changes: readonly AlarmChange[],
  speech: Speech,
  budget: Budget,
): Promise<{ readonly delivered: number; readonly failed: number }> {
  const worstFirst = [...changes].sort((a, b) => b.alarm.told - a.alarm.told);
  const told = await Promise.all(
    deps.targets.map((target) =>
      tellOne(
        deps,
        target,
        worstFirst.flatMap(({ alarm, owed }) => (owed.includes(target.name) ? [alarm] : [])),
        speech,
        budget,
      ),
    ),
  );
  const all = told.flat();
  for (const { alarm } of changes) {
    const deliveries = all.filter((one) => one.alarm === alarm).map(({ delivery }) => delivery);
    if (deliveries.length > 0) await keep(deps, alarm, deliveries);
  }
  const delivered = all.filter(({ delivery }) => delivery.error === null).length;
  return { delivered, failed: all.length - delivered };
}

async function tellOne(
  deps: TellDeps,
  target: AlarmTarget,
  alarms: readonly Alarm[],
  speech: Speech,
  budget: Budget,
): Promise<readonly Told[]> {
  const told: Told[] = [];
  let broken: string | null = null;
  for (const alarm of alarms) {
    if (broken === null && (budget.stopping || budget.remaining() < RESERVE_MS)) broken = 'no time left';
    const error: string | null = broken ?? (await handOver(deps, target, alarm, speech, budget));
    broken = error;
    const before = alarm.deliveries.find((one) => one.target === target.name);
    const delivery = {
      target: target.name,
      told: alarm.told,
      at: deps.clock.now(),
      attempts: before?.attempts ?? 1,
      error,
    };
    told.push({ alarm, delivery });
    const fields = { outTradeNo: null, target: target.name, cause: alarm.cause, level: alarm.told };
    if (error === null) deps.log.info('alarm_delivered', fields);
    else deps.log.error('alarm_not_delivered', { ...fields, attempts: delivery.attempts, error });
  }
  return told;
}

/** Sends one notice, with quick retries. Returns what went wrong, or null. Never rejects. */
async function handOver(
  { retryPauseMs }: TellDeps,
  target: AlarmTarget,
  alarm: Alarm,
  speech: Speech,
  budget: Budget,
): Promise<string | null> {
  try {
    const notice = writeNotice(alarm, speech);
    await pRetry(() => target.deliver(notice), {
      retries: QUICK_RETRIES,
      minTimeout: retryPauseMs,
      maxTimeout: 4 * retryPauseMs,
      unref: true,
      shouldRetry: ({ error }) => mayPass(error) && !budget.stopping && budget.remaining() >= RESERVE_MS,
    });
    return null;
  } catch (error) {
    return error instanceof DeliveryError ? printable(error.message).slice(0, 200) : errorText(error);
  }
}

/** Whether an immediate retry may help. After "too many requests" only the next run tries again. */
function mayPass(error: Error): boolean {
  if (!(error instanceof DeliveryError)) return false;
  switch (error.code) {
    case 'timeout':
    case 'unreachable':
    case 'http_error':
      return true;
    case 'not_configured':
    case 'rate_limited':
    case 'refused':
    case 'unreadable':
      return false;
  }
}

/** Another watchdog may have written the alarm meanwhile; there are never more than a few. */
const KEEP_TRIES = 4;

/**
 * Stores the results of deliveries in the alarm, unless a newer notice replaced them. Never
 * rejects.
 */
async function keep({ store, log }: TellDeps, alarm: Alarm, made: readonly AlarmDelivery[]): Promise<void> {
  const { cause } = alarm;
  try {
    let current: Alarm | undefined = alarm;
    for (let tries = 0; tries < KEEP_TRIES && current !== undefined; tries += 1) {
      if (current.told !== alarm.told || current.toldAt !== alarm.toldAt) return;
      const others = current.deliveries.filter(({ target }) => !made.some((one) => one.target === target));
      const kept = { ...current, deliveries: [...others, ...made], version: current.version + 1 };
      if (await store.alarms.save(kept)) return;
      current = (await store.alarms.all()).find((one) => one.cause === cause);
    }
    log.warn('alarm_not_kept', { outTradeNo: null, cause, error: 'it kept changing' });
  } catch (error) {
    log.warn('alarm_not_kept', { outTradeNo: null, cause, error: errorText(error) });
  }
}
