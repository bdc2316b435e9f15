import { errorText } from '../../runtime/error-text';
import type { Log } from '../../runtime/log';
import type { SharedState } from '../../runtime/shared-state';
import { within, type Timed, type Timers } from '../../runtime/timers';
import type { SubMchId } from '../../values/ids';
import { isInstant, later, type Clock, type Instant } from '../../values/instant';
import { isRecord } from '../../values/json';

/** Calls that share a limit of WeChat Pay's. */
export const V3_RATE_GROUPS = ['prepay', 'query', 'close', 'refund', 'refund_query', 'bill'] as const;

/** One of `V3_RATE_GROUPS`. */
export type V3RateGroup = (typeof V3_RATE_GROUPS)[number];

/** The rate of one signer's calls, shared by all processes. */
export interface V3Rates {
  /**
   * Waits for a turn, for at most `withinMs`. False: none in time, and the call must not be sent.
   * Never rejects.
   */
  turn(group: V3RateGroup, withinMs: number): Promise<boolean>;
  /** WeChat Pay said "too many": these calls pause for a moment. Never rejects. */
  refused(group: V3RateGroup): Promise<void>;
}

/** What sharing the rates needs. */
export interface V3RatesDeps {
  readonly shared: SharedState;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

interface Limit {
  /** Calls per second of all processes together. */
  readonly perSecond: number;
  /**
   * Calls per second of each process that are not counted, so that a call a payer waits for costs
   * no write. Runs soon exceed them.
   */
  readonly free: number;
}

/**
 * Two thirds of what WeChat Pay publishes per merchant number (orders 500/s, queries 300/s, refunds
 * 150/s, refund queries 300/s, bills 3/s); the rest is for calls that are not counted and for
 * clocks that differ. For closing nothing is published. Refunds have a slower rate of their own
 * (`refunds.perSecond`), because failing ones are limited to 6/s.
 */
const LIMITS: Readonly<Record<V3RateGroup, Limit>> = {
  prepay: { perSecond: 330, free: 10 },
  query: { perSecond: 200, free: 3 },
  close: { perSecond: 200, free: 3 },
  refund: { perSecond: 100, free: 1 },
  refund_query: { perSecond: 200, free: 3 },
  bill: { perSecond: 2, free: 0 },
};

/** A process takes this part of a second's calls at once: a busy one writes 10 times a second. */
const PART = 0.1;

/** After "too many" nothing is sent for this long, in ms. */
const PAUSE_MS = 1_000;

/** A call looks at most so often for what others of its process took. */
const MOST_TAKES = 2 / PART;

/** How often another process may win before a call goes out uncounted. */
const ROUNDS = 4;

/** What is stored: how many calls of a second were taken, and until when all pause. */
interface Window {
  readonly second: number;
  readonly used: number;
  readonly pausedUntil: Instant;
}

/** What one process holds of a second. */
interface Mine {
  second: number;
  free: number;
  taken: number;
  taking: Promise<boolean> | null;
  pausedUntil: number;
}

/**
 * The rates of one signing number. Each second of each group has so many calls; processes take them
 * in parts. Where the clocks of two machines differ they count different seconds, and the rate may
 * be exceeded: WeChat Pay then refuses, which all of them hear of.
 *
 * Failure policy: fail open. When the store does not answer, calls go out: WeChat Pay's own refusal
 * is definite, and a payment must not wait for a counter.
 */
export function createRates({ shared, clock, timers, log }: V3RatesDeps, signer: SubMchId): V3Rates {
  const mine = new Map<V3RateGroup, Mine>();

  const holding = (group: V3RateGroup): Mine => {
    const second = Math.floor(clock.now() / 1000);
    const held = mine.get(group);
    if (held?.second === second) return held;
    const { free } = LIMITS[group];
    const fresh = { second, free, taken: 0, taking: null, pausedUntil: held?.pausedUntil ?? 0 };
    mine.set(group, fresh);
    return fresh;
  };

  /** How long to wait before trying again, in ms; 0: the call may go out. */
  const wait = async (group: V3RateGroup): Promise<number> => {
    for (let round = 0; round < MOST_TAKES; round += 1) {
      const held = holding(group);
      const now = clock.now();
      if (isPaused(held.pausedUntil, now)) return held.pausedUntil - now;
      if (held.free > 0) {
        held.free -= 1;
        return 0;
      }
      if (held.taken > 0) {
        held.taken -= 1;
        return 0;
      }
      // One at a time: calls that start together share what one of them takes.
      held.taking ??= takeFor(group, held);
      if (!(await held.taking)) return Math.max(held.pausedUntil - now, 1000 - (now % 1000));
    }
    return 1000 - (clock.now() % 1000);
  };

  /** False: nothing is left of this second. */
  const takeFor = async (group: V3RateGroup, held: Mine): Promise<boolean> => {
    try {
      const { calls, pausedUntil } = await take(group);
      held.taken += calls;
      if (pausedUntil > 0) held.pausedUntil = pausedUntil;
      return calls > 0;
    } finally {
      held.taking = null;
    }
  };

  const key = (group: V3RateGroup): string => `v3-rate:${signer}:${group}`;

  /** Takes a part of this second from the store. */
  const take = async (group: V3RateGroup): Promise<{ calls: number; pausedUntil: Instant | 0 }> => {
    const { perSecond } = LIMITS[group];
    const part = Math.max(1, Math.ceil(perSecond * PART));
    for (let round = 0; round < ROUNDS; round += 1) {
      const now = clock.now();
      const second = Math.floor(now / 1000);
      const entry = await shared.read(key(group), now);
      const window = windowOf(entry?.value);
      if (window !== null && isPaused(window.pausedUntil, now)) {
        return { calls: 0, pausedUntil: window.pausedUntil };
      }
      const used = window?.second === second ? window.used : 0;
      const calls = Math.min(part, perSecond - used);
      if (calls <= 0) return { calls: 0, pausedUntil: 0 };
      const value = { second, used: used + calls, pausedUntil: 0 };
      const version = entry?.version ?? null;
      const written = { key: key(group), version, value, expiresAt: later(now, KEPT_MS), now };
      if (await shared.write(written)) return { calls, pausedUntil: 0 };
    }
    return { calls: 1, pausedUntil: 0 };
  };

  /** Another process that takes calls at the same moment may win; the next refusal pauses it. */
  const pauseAll = async (group: V3RateGroup, now: Instant, pausedUntil: Instant): Promise<void> => {
    const entry = await shared.read(key(group), now);
    const { second, used } = windowOf(entry?.value) ?? { second: 0, used: 0 };
    const value = { second, used, pausedUntil };
    const version = entry?.version ?? null;
    await shared.write({ key: key(group), version, value, expiresAt: later(now, KEPT_MS), now });
  };

  const notShared = (group: V3RateGroup, ended: Exclude<Timed<unknown>, { kind: 'value' }>): void => {
    const error = ended.kind === 'error' ? errorText(ended.error) : `no answer within ${STORE_MS} ms`;
    log.warn('v3_rate_not_shared', { outTradeNo: null, group, error });
  };

  return {
    async turn(group, withinMs) {
      const until = clock.now() + withinMs;
      for (let round = 0; round < MOST_WAITS; round += 1) {
        const waits = await within(timers, STORE_MS, () => wait(group));
        if (waits.kind !== 'value') {
          notShared(group, waits);
          return true;
        }
        const ms = waits.value;
        if (ms <= 0) return true;
        if (clock.now() + ms > until) return false;
        await new Promise<void>((resolve) => {
          timers.after(ms, resolve);
        });
      }
      return false;
    },
    async refused(group) {
      const now = clock.now();
      const pausedUntil = later(now, PAUSE_MS);
      holding(group).pausedUntil = pausedUntil;
      const told = await within(timers, STORE_MS, () => pauseAll(group, now, pausedUntil));
      if (told.kind !== 'value') notShared(group, told);
    },
  };
}

/** The store's answer is waited for at most this long, in ms. */
const STORE_MS = 2_000;

/** How long a window is kept, in ms. */
const KEPT_MS = 60_000;

/** A call waits for at most so many windows. */
const MOST_WAITS = 10;

/** A pause that ends later than any pause can was written by a clock that is ahead. */
function isPaused(until: number, now: Instant): boolean {
  return until > now && until <= now + PAUSE_MS;
}

function windowOf(value: unknown): Window | null {
  if (!isRecord(value)) return null;
  const { second, used, pausedUntil } = value;
  if (typeof second !== 'number' || typeof used !== 'number' || !isInstant(pausedUntil)) return null;
  return { second, used, pausedUntil };
}
