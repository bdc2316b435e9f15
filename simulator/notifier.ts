import { isRecord } from '../lib/values/json';
import { later, type Clock } from '../lib/values/instant';
import type { PaymentEvent } from './event';
import { isUnfinished, type NotificationState } from './notification';
import type { RefundEvent } from './refund/event';
import { ANSWER_WITHIN_MS, RETRY_DELAYS } from './retry-schedule';

/** What a delivery carries beside the event: the platform's mark, and the function it is for. */
export interface DeliveryContext {
  /** What the callee sees as `SOURCE`; WeChat Pay's own deliveries carry `wx_paycallback`. */
  readonly source: string;
  readonly functionName: string;
}

/** What WeChat Pay tells a merchant: that a payment was made, or how a refund ended. */
export type NotificationEvent = PaymentEvent | RefundEvent;

/**
 * Calls the callee with an event and gives what it returned. May reject: WeChat Pay takes that as
 * no ack.
 */
export type Deliver = (notification: NotificationEvent, context: DeliveryContext) => Promise<unknown>;

/**
 * Runs something once after `delayMs`; the answer cancels it. Whatever is late runs late, never
 * early.
 */
export type Schedule = (delayMs: number, run: () => void) => () => void;

/** One notification: what it says, to whom, and where it is written down how far it has come. */
export interface Notice {
  readonly context: DeliveryContext;
  /** The event, made anew for each delivery and always the same. */
  event(): NotificationEvent;
  state(): NotificationState;
  /** Writes down how far it has come. When it returns, that survives the end of this process. */
  keep(state: NotificationState): void;
}

/**
 * What a notifier works with. `speed` divides the delays of the retry schedule and nothing else.
 */
export interface NotifierParts {
  readonly clock: Clock;
  readonly schedule: Schedule;
  readonly deliver: Deliver;
  readonly speed: number;
  /** Called after every change that somebody may be waiting for. */
  readonly changed: () => void;
}

/** Delivers notifications until each is acked or its schedule is over. */
export interface Notifier {
  /**
   * Takes up a notification where it stands: new, or cut off by a restart. Once for each
   * notification and process.
   */
  resume(notice: Notice): void;
  /** Cancels what is scheduled. A delivery that is under way ends unheard. */
  stop(): void;
  /**
   * True while anything is being delivered or waits to be, also while a callee works on a call that
   * WeChat Pay waits for no longer.
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
 * Makes a notifier. Nothing is sent until `resume` is called.
 *
 * The life of a notification:
 *
 *   due ──send──▶ under way ──errcode 0──▶ acked ──▶ its duplicates, one after another ──▶ over
 *    ▲                │
 *    └── retry delay ─┤ any other answer, an error, 5 s of silence, or lost on the way
 *                     └── no delay left ──▶ given up
 *
 * A send is written down, with the next one's due time, before it is made: a process killed under
 * way has WeChat Pay deliver again, as it would in fact.
 */
export function createNotifier(parts: NotifierParts): Notifier {
  const { clock, schedule, changed } = parts;
  const timers = new Set<() => void>();
  /** Taken up and not over; what is over counts until its last delivery has ended. */
  let open = 0;
  /** Calls of the callee that have not ended, timed out or not. */
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
   * Failure policy: fail closed. A journal that cannot be written ends the process as an unhandled
   * rejection: a WeChat Pay that went on without its memory would forget payments on the next
   * start.
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
    const { toLose, atOnce } = notice.state();
    const lost = toLose > 0;
    update(notice, (now) => ({
      sends: now.sends + 1,
      toLose: Math.max(0, now.toLose - 1),
      atOnce: lost ? now.atOnce : 1,
      dueAt: nextDue(now.sends + 1),
    }));
    if (lost) record(notice, 'lost');
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

  /** When the send after the `sends`-th is due, or null when that was the last. */
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
   * One call of the callee. Its time is real time, whatever the speed: the callee cannot be made
   * faster.
   */
  async function deliverOnce(notice: Notice): Promise<void> {
    if (stopped) return;
    const event = notice.event();
    const outcome = await new Promise<'acked' | 'not_acked' | 'failed' | 'timed_out'>((resolve) => {
      const cancel = schedule(ANSWER_WITHIN_MS, () => {
        timers.delete(cancel);
        resolve('timed_out');
      });
      timers.add(cancel);
      underWay++;
      Promise.resolve()
        .then(() => parts.deliver(event, notice.context))
        .then(
          (answer) => resolve(isAck(answer) ? 'acked' : 'not_acked'),
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
