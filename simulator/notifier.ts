import { isRecord } from '../lib/values/json';
import { later, type Clock } from '../lib/values/instant';
import type { PaymentEvent } from './event';
import { isUnfinished, type NotificationState } from './notification';
import type { RefundEvent } from './refund/event';
import { ANSWER_WITHIN_MS, RETRY_DELAYS } from './retry-schedule';

/** The context of a delivery: the platform's source mark, and the called function. */
export interface DeliveryContext {
  /** The callee's `SOURCE`; WeChat Pay's own deliveries have `wx_paycallback`. */
  readonly source: string;
  readonly functionName: string;
}

/** A notification's content: a payment, or the end of a refund. */
export type NotificationEvent = PaymentEvent | RefundEvent;

/**
 * Calls the callee with an event and resolves with its return value. May reject, which counts as no
 * ack.
 */
export type Deliver = (notification: NotificationEvent, context: DeliveryContext) => Promise<unknown>;

/**
 * Runs `run` once after `delayMs`, possibly later but never earlier. The returned function cancels
 * it.
 */
export type Schedule = (delayMs: number, run: () => void) => () => void;

/** One notification: how it reaches its recipient, and where its progress is stored. */
export interface Notice {
  /**
   * Delivers it once and resolves with whether it was acked. The content is always the same; what
   * signs it may change. May reject, which counts as no ack. `probe`: signed badly on purpose.
   */
  deliver(probe: boolean): Promise<boolean>;
  state(): NotificationState;
  /** Stores the progress. Once this returns, it survives the end of the process. */
  keep(state: NotificationState): void;
}

/**
 * The dependencies of a notifier. `speed` divides the delays of the retry schedule and nothing
 * else.
 */
export interface NotifierParts {
  readonly clock: Clock;
  readonly schedule: Schedule;
  readonly speed: number;
  /** Called after every change that a caller may be waiting for. */
  readonly changed: () => void;
}

/** Delivers notifications until each is acked or its schedule ends. */
export interface Notifier {
  /**
   * Starts or resumes a notification from its stored progress. Once per notification and process.
   */
  resume(notice: Notice): void;
  /** Cancels scheduled sends. The result of a running delivery is ignored. */
  stop(): void;
  /**
   * True while a delivery is running or pending, including calls that the callee still works on
   * after WeChat Pay's timeout.
   */
  isBusy(): boolean;
}

/**
 * Only the Number 0 acks (paymentCallback page): not `"0"`, not the classic `return_code:
 * 'SUCCESS'`.
 */
export function isAck(answer: unknown): boolean {
  return isRecord(answer) && Object.hasOwn(answer, 'errcode') && answer.errcode === 0;
}

/**
 * Creates a notifier. Nothing is sent until `resume` is called.
 *
 * The life of a notification:
 *
 *   due ──send──▶ under way ─────ack─────▶ acked ──▶ its duplicates, in sequence ──▶ over
 *    ▲                │
 *    └── retry delay ─┤ any other answer, an error, no answer for 5 s, or lost on the way
 *                     └── no delay left ──▶ given up
 *
 * A send is stored, with the next one's due time, before it is made: after a crash during a send,
 * WeChat Pay delivers again, as in reality.
 */
export function createNotifier(parts: NotifierParts): Notifier {
  const { clock, schedule, changed } = parts;
  const timers = new Set<() => void>();
  /** Resumed notifications that are not over; each counts until its last delivery has ended. */
  let open = 0;
  /** Running calls of the callee, timed out or not. */
  let underWay = 0;
  let stopped = false;

  function after(delayMs: number, run: () => void): void {
    const cancel = schedule(Math.max(0, delayMs), () => {
      timers.delete(cancel);
      run();
    });
    timers.add(cancel);
  }

  /**
   * Failure policy: fail closed. A journal write error ends the process as an unhandled rejection:
   * a simulator that continued without its journal would forget payments on the next start.
   */
  function update(notice: Notice, change: (now: NotificationState) => Partial<NotificationState>): void {
    if (stopped) return;
    const before = notice.state();
    notice.keep({ ...before, ...change(before) });
    changed();
  }

  function goOn(notice: Notice): void {
    if (stopped) return;
    const now = notice.state();
    if (!isUnfinished(now)) {
      open--;
      changed();
    } else if (now.end === 'acked') {
      after(0, () => void repeat(notice));
    } else {
      after((now.dueAt ?? clock.now()) - clock.now(), () => void send(notice));
    }
  }

  async function send(notice: Notice): Promise<void> {
    const { toLose, atOnce, probes } = notice.state();
    const lost = toLose > 0;
    const probe = !lost && probes > 0;
    update(notice, (now) => ({
      sends: now.sends + 1,
      toLose: Math.max(0, now.toLose - 1),
      atOnce: lost || probe ? now.atOnce : 1,
      probes: probe ? now.probes - 1 : now.probes,
      dueAt: nextDue(now.sends + 1),
    }));
    if (lost) record(notice, 'lost');
    else if (probe) await deliverOnce(notice, true);
    else await Promise.all(Array.from({ length: atOnce }, () => deliverOnce(notice)));

    if (notice.state().end === null) {
      update(notice, (now) => {
        const dueAt = nextDue(now.sends);
        return { dueAt, end: dueAt === null ? 'given_up' : null };
      });
    }
    goOn(notice);
  }

  async function repeat(notice: Notice): Promise<void> {
    update(notice, (now) => ({ duplicatesLeft: now.duplicatesLeft - 1 }));
    await deliverOnce(notice);
    goOn(notice);
  }

  /** When the send after the `sends`-th is due, or null after the last. */
  function nextDue(sends: number): NotificationState['dueAt'] {
    const delay = RETRY_DELAYS[sends - 1];
    return delay === undefined ? null : later(clock.now(), delay / parts.speed);
  }

  function record(notice: Notice, outcome: NotificationState['deliveries'][number]['outcome']): void {
    update(notice, (now) => ({
      deliveries: [...now.deliveries, { at: clock.now(), outcome }],
      ...(outcome === 'acked' && now.end === null ? { end: 'acked' as const, dueAt: null } : {}),
    }));
  }

  /**
   * Calls the callee once. Uses real time at any speed, because the callee cannot be made faster.
   */
  async function deliverOnce(notice: Notice, probe = false): Promise<void> {
    if (stopped) return;
    const outcome = await new Promise<'acked' | 'not_acked' | 'failed' | 'timed_out'>((resolve) => {
      const cancel = schedule(ANSWER_WITHIN_MS, () => {
        timers.delete(cancel);
        resolve('timed_out');
      });
      timers.add(cancel);
      underWay++;
      Promise.resolve()
        .then(() => notice.deliver(probe))
        .then(
          (acked) => resolve(acked ? 'acked' : 'not_acked'),
          () => resolve('failed'),
        )
        .finally(() => {
          cancel();
          timers.delete(cancel);
          underWay--;
          changed();
        });
    });
    record(notice, outcome);
  }

  return {
    resume(notice) {
      if (stopped || !isUnfinished(notice.state())) return;
      open++;
      goOn(notice);
    },
    stop() {
      stopped = true;
      for (const cancel of timers) cancel();
      timers.clear();
    },
    isBusy: () => open > 0 || underWay > 0,
  };
}
