import { isRecord } from '../lib/values/json';
import { later, type Clock } from '../lib/values/instant';
import { paymentEvent, type Parties, type PaymentEvent } from './event';
import { isUnfinished, type NotificationState, type SimulatedOrder } from './order';
import type { OrderBook } from './order-book';
import { ANSWER_WITHIN_MS, RETRY_DELAYS } from './retry-schedule';

/** What a delivery carries beside the event: the platform's mark, and the function that was set with the order. */
export interface DeliveryContext {
  /** What the callee sees as `SOURCE`; WeChat Pay's own deliveries carry `wx_paycallback`. */
  readonly source: string;
  readonly functionName: string;
}

/** Calls the callee with an event and gives what it returned. May reject: WeChat Pay takes that as no ack. */
export type Deliver = (notification: PaymentEvent, context: DeliveryContext) => Promise<unknown>;

/** Runs something once after `delayMs`; the answer cancels it. Whatever is late runs late, never early. */
export type Schedule = (delayMs: number, run: () => void) => () => void;

/** What a notifier works with. `speed` divides the delays of the retry schedule and nothing else. */
export interface NotifierParts {
  readonly book: OrderBook;
  readonly clock: Clock;
  readonly schedule: Schedule;
  readonly deliver: Deliver;
  readonly speed: number;
  readonly parties: Parties;
  /** Called after every change that somebody may be waiting for. */
  readonly changed: () => void;
}

/** Delivers notifications until each is acked or its schedule is over. */
export interface Notifier {
  /** Takes up an order's notification where it stands: new, between two sends, or cut off by a restart. */
  resume(order: SimulatedOrder): void;
  /** Cancels what is scheduled. A delivery that is under way ends unheard. */
  stop(): void;
  /** True while anything is being delivered. */
  isDelivering(): boolean;
}

/** Only the Number 0 acks (paymentCallback page): not `"0"`, not the classic `return_code: 'SUCCESS'`. */
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
 * A send is written down, with the next one's due time, before it is made: a process killed under way has WeChat
 * Pay deliver again, as it would in fact.
 */
export function createNotifier(parts: NotifierParts): Notifier {
  const { book, clock, schedule } = parts;
  const timers = new Set<() => void>();
  let delivering = 0;
  let stopped = false;

  function after(delayMs: number, run: () => void): void {
    const cancel = schedule(Math.max(0, delayMs), () => {
      timers.delete(cancel);
      run();
    });
    timers.add(cancel);
  }

  function current(order: SimulatedOrder): SimulatedOrder {
    return book.get(order.asked.subMchId, order.asked.outTradeNo) ?? order;
  }

  /**
   * Failure policy: fail closed. A journal that cannot be written ends the process as an unhandled rejection: a
   * WeChat Pay that went on without its memory would forget payments on the next start.
   */
  function update(
    order: SimulatedOrder,
    change: (now: NotificationState) => Partial<NotificationState>,
  ): SimulatedOrder {
    const before = current(order);
    if (stopped || before.notification === null) return before;
    const after = { ...before, notification: { ...before.notification, ...change(before.notification) } };
    book.put(after);
    parts.changed();
    return after;
  }

  function resume(order: SimulatedOrder): void {
    const { notification } = order;
    if (stopped || notification === null || !isUnfinished(notification)) return;
    if (notification.end === 'acked') {
      after(0, () => void repeat(order));
      return;
    }
    const dueAt = notification.dueAt ?? clock.now();
    after(dueAt - clock.now(), () => void send(order));
  }

  async function send(order: SimulatedOrder): Promise<void> {
    const before = order.notification;
    if (stopped || before === null) return;
    const lost = before.toLose > 0;
    const started = update(order, (now) => ({
      sends: now.sends + 1,
      toLose: Math.max(0, now.toLose - 1),
      atOnce: lost ? now.atOnce : 1,
      dueAt: nextDue(now.sends + 1),
    }));
    if (lost) record(started, 'lost');
    else await Promise.all(Array.from({ length: before.atOnce }, () => deliverOnce(started)));

    if (current(order).notification?.end === null) {
      update(order, (now) => {
        const dueAt = nextDue(now.sends);
        return { dueAt, end: dueAt === null ? 'given_up' : null };
      });
    }
    resume(current(order));
  }

  async function repeat(order: SimulatedOrder): Promise<void> {
    const started = update(order, (now) => ({ duplicatesLeft: now.duplicatesLeft - 1 }));
    await deliverOnce(started);
    resume(current(order));
  }

  /** When the send after the `sends`-th is due, or null when that was the last. */
  function nextDue(sends: number): NotificationState['dueAt'] {
    const delay = RETRY_DELAYS[sends - 1];
    return delay === undefined ? null : later(clock.now(), delay / parts.speed);
  }

  function record(order: SimulatedOrder, outcome: NotificationState['deliveries'][number]['outcome']): void {
    update(order, (now) => ({
      deliveries: [...now.deliveries, { at: clock.now(), outcome }],
      ...(outcome === 'acked' && now.end === null ? { end: 'acked' as const, dueAt: null } : {}),
    }));
  }

  /** One call of the callee. Its time is real time, whatever the speed: the callee cannot be made faster. */
  async function deliverOnce(order: SimulatedOrder): Promise<void> {
    const { asked, payment, notification } = order;
    if (stopped || payment === null || notification === null) return;
    const event = paymentEvent(parts.parties, asked, payment, notification.nonce);
    delivering++;
    const outcome = await new Promise<'acked' | 'not_acked' | 'failed' | 'timed_out'>((resolve) => {
      const cancel = schedule(ANSWER_WITHIN_MS, () => {
        timers.delete(cancel);
        resolve('timed_out');
      });
      timers.add(cancel);
      Promise.resolve()
        .then(() => parts.deliver(event, { source: 'wx_paycallback', functionName: asked.functionName }))
        .then(
          (answer) => resolve(isAck(answer) ? 'acked' : 'not_acked'),
          () => resolve('failed'),
        )
        .finally(() => {
          cancel();
          timers.delete(cancel);
        });
    });
    delivering--;
    record(order, outcome);
  }

  return {
    resume,
    stop() {
      stopped = true;
      for (const cancel of timers) cancel();
      timers.clear();
    },
    isDelivering: () => delivering > 0,
  };
}
