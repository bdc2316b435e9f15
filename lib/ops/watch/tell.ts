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

/** What telling needs. */
export interface TellDeps {
  readonly store: Pick<Store, 'alarms'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly targets: readonly AlarmTarget[];
  /** The pause before the first quick retry, in ms. */
  readonly retryPauseMs: number;
}

/** With less than this left, in ms, nothing more is sent: a target may take 5 s, and what came of it has to be kept. */
const RESERVE_MS = 12_000;

/** Tries beside the first, within one run. */
const QUICK_RETRIES = 2;

/** What was made of one notice at one target. */
interface Told {
  readonly alarm: Alarm;
  readonly delivery: AlarmDelivery;
}

/**
 * Tells each target what it is owed, the worst first, and keeps what came of it. Targets are told side by side, each one thing after the
 * other. Never rejects.
 *
 * Failure policy: fail open. A target that does not take one notice is told nothing more in this run; what it is owed is tried at the
 * next ones. What was sent and whose keeping failed is sent again: hearing twice is better than not hearing.
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

/** Sends one notice, with quick retries. Answers what went wrong, or null. Never rejects. */
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

/** Whether asking again at once may help. Who was told that they ask too often waits for the next run. */
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

/** Another watchdog may have written the alarm meanwhile; more than a few at once there are not. */
const KEEP_TRIES = 4;

/** Writes what came of the deliveries into the alarm, unless something newer was told meanwhile. Never rejects. */
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
