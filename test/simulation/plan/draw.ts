import type { RefundScript } from '../../../simulator/refund/script';
import type { Random } from '../random';
import { randomOf } from '../random';
import type {
  CallFault,
  CallMishap,
  Event,
  GivenBack,
  HookDeed,
  OperatorDeed,
  OrderPlan,
  PaymentPlan,
  Plan,
  StatementLie,
  StoreFault,
  StoreMishap,
} from './plan';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Draws the plan of a seed. The same seed gives the same plan. */
export function drawPlan(seed: number): Plan {
  const random = randomOf(seed);
  // Some histories are calm, so that what is seen in them is the service's own doing.
  const trouble = random.pick([0, 0.3, 1, 1, 2]);
  const orders = Array.from({ length: random.pick([1, 1, 2, 2, 3, 4]) }, (_, n) => drawOrder(random, n));
  const machines = Array.from({ length: random.pick([1, 2, 2, 3]) }, () =>
    random.pick([0, 0, random.int(-5_000, 5_000)]),
  );
  const plan: Plan = {
    seed,
    merchants: 1,
    startOfDayMs: random.pick([12 * HOUR, 12 * HOUR, 23 * HOUR + 50 * MINUTE, 8 * HOUR + 40 * MINUTE]),
    lateMoney: random.pick(['hold', 'fulfil', 'refund']),
    carryOverDays: random.pick([0, 1, 1, 2]),
    machines,
    refundQueries: random.pick(['totals', 'whole']),
    refundScript: drawRefundScript(random),
    orders,
    events: drawEvents(random, trouble, orders.length, machines.length),
    storeFaults: drawStoreFaults(random, trouble),
    callFaults: drawCallFaults(random, trouble),
  };
  // Last, so that a seed means beside it what it meant before there was this.
  const clocks = drawClocks(random, trouble, machines.length);
  const merchants = random.pick([1, 1, 2]);
  const torn = drawTornFile(random);
  const slow = drawSlowQueries(random, orders.length);
  const whose = orders.map((order) => ({
    ...order,
    merchant: merchants === 1 ? (0 as const) : random.pick([0, 1]),
  }));
  const contrary = drawContrary(random, orders.length);
  return {
    ...plan,
    merchants,
    orders: whose.map((order) => (random.chance(0.25) ? givenBack(random, order) : order)),
    events: [...plan.events, ...clocks, ...torn, ...slow, ...contrary],
  };
}

/**
 * Money that goes back before its payment is known: its notification overtakes the payment's, or
 * the payment's is lost, so that a query says REFUND and the bill has both. Or in many parts at
 * once.
 */
function givenBack(random: Random, order: OrderPlan): OrderPlan {
  const { pay } = order;
  if (pay === null) return order;
  const share = random.pick([1, 1, 0.5]);
  const takesMs = random.pick([0, SECOND, 5 * SECOND]);
  const told = random.chance(0.5);
  const back: GivenBack = { after: random.int(0, 2 * MINUTE), parts: 1, share, told, takesMs };
  const paid = (over: Partial<PaymentPlan>): OrderPlan => ({ ...order, pay: { ...pay, ...over } });
  switch (random.pick(['overtakes', 'asked_first', 'lost', 'lost_in_parts', 'later', 'burst'])) {
    case 'overtakes': {
      const delayMs = random.pick([5 * SECOND, 20 * SECOND, 40 * SECOND, 5 * MINUTE]);
      const after = random.int(0, 5 * SECOND);
      return paid({ delayMs, lose: 0, givenBack: { ...back, told: true, after } });
    }
    case 'asked_first': {
      const delayMs = random.pick([5 * MINUTE, 20 * MINUTE, 2 * HOUR]);
      return paid({ delayMs, lose: 0, givenBack: { ...back, told: false } });
    }
    case 'lost':
      return paid({ lose: 16, givenBack: back });
    case 'lost_in_parts':
      return paid({ lose: 16, givenBack: { ...back, parts: random.int(2, 16) } });
    case 'later':
      return paid({ lose: 16, givenBack: { ...back, after: random.int(10 * HOUR, 20 * HOUR) } });
    case 'burst':
      return paid({ givenBack: { ...back, told: true, parts: random.int(5, 20) } });
  }
}

/** What speaks against an order at the worst of times, and what is said of it that is another's. */
function drawContrary(random: Random, orders: number): readonly Event[] {
  const order = () => random.int(0, orders - 1);
  const race = {
    at: 0,
    kind: 'refund_at_hand_over',
    order: order(),
    by: random.pick(['operator', 'merchant_platform']),
    afterMs: random.int(0, random.pick([20, 100, 500])),
  } as const;
  const reused = {
    at: random.int(0, 2 * HOUR),
    kind: 'reused_transaction',
    order: order(),
    of: order(),
  } as const;
  const foreign = {
    at: random.int(0, HOUR),
    kind: 'foreign_refund',
    order: order(),
    of: random.pick([null, order()]),
  } as const;
  const release = {
    at: random.int(10 * MINUTE, 4 * HOUR),
    kind: 'operator',
    order: foreign.order,
    deed: 'release_hold',
  } as const;
  const shrunken = {
    at: random.pick([0, 24 * HOUR]),
    kind: 'shrunken_file',
    afterReads: random.pick([0, 0, 1, 2]),
  } as const;
  return [
    ...(random.chance(0.15) ? [race] : []),
    ...(random.chance(0.15) ? [reused] : []),
    ...(random.chance(0.15) ? [foreign] : []),
    ...(random.chance(0.05) ? [release] : []),
    ...(random.chance(0.1) ? [shrunken] : []),
  ];
}

/** Before the first statement is kept, or the second. */
function drawTornFile(random: Random): readonly Event[] {
  const at = random.pick([0, 24 * HOUR]) + random.int(0, 8 * HOUR);
  return random.chance(0.15) ? [{ at, kind: 'torn_file' }] : [];
}

/**
 * Queries take minutes, and somebody sends messages that need one: genuine ones must not be
 * delayed.
 */
function drawSlowQueries(random: Random, orders: number): readonly Event[] {
  const at = random.int(0, 25 * MINUTE);
  const forMs = random.pick([5 * MINUTE, 20 * MINUTE, HOUR]);
  const takesMs = random.pick([MINUTE, 2 * MINUTE, 5 * MINUTE]);
  const hints = Array.from({ length: random.int(2, 10) }, () => ({
    at: at + random.int(0, forMs),
    kind: 'forged_payment' as const,
    order: random.int(0, orders - 1),
    source: '',
    total: null,
  }));
  return random.chance(0.2) ? [{ at, kind: 'slow_queries', forMs, takesMs }, ...hints] : [];
}

/** At most twice in a history, so that no clock is off by more than some twenty minutes. */
function drawClocks(random: Random, trouble: number, machines: number): readonly Event[] {
  return [0, 1].flatMap(() => {
    const by = random.pick([5 * SECOND, 70 * SECOND, 10 * MINUTE]);
    const event = {
      at: random.int(0, HOUR),
      kind: 'clock',
      machine: random.int(0, machines - 1),
      byMs: random.pick([by, -by]),
    } as const;
    return random.chance(0.1 * trouble) ? [event] : [];
  });
}

function drawOrder(random: Random, n: number): OrderPlan {
  const closeAfter = random.chance(0.25) ? random.int(4 * MINUTE, 20 * MINUTE) : null;
  return {
    n,
    merchant: 0,
    at: random.int(0, 20 * MINUTE),
    cups: random.int(1, 3),
    requests: random.pick([1, 1, 1, 2, 3]),
    pay: random.chance(0.85) ? drawPayment(random, closeAfter) : null,
    asks: Array.from({ length: random.pick([0, 0, 1, 2]) }, () => random.int(SECOND, 40 * MINUTE)),
    closeAfter,
    hook: random.chance(0.4) ? Array.from({ length: random.int(1, 3) }, () => random.pick(HOOK_DEEDS)) : [],
  };
}

const HOOK_DEEDS: readonly [HookDeed, ...HookDeed[]] = [
  'throws',
  'throws',
  'half',
  'hangs',
  'half_hangs',
  'slow',
  'permanent',
];

function drawPayment(random: Random, closeAfter: number | null): PaymentPlan {
  // Money that comes while the order is being closed is the most interesting.
  const whileClosing = closeAfter !== null && random.chance(0.6);
  const late = whileClosing || random.chance(0.2);
  const latest = random.pick([random.int(30 * MINUTE, 37 * MINUTE), random.int(MINUTE, 3 * HOUR)]);
  return {
    after: whileClosing
      ? closeAfter + random.int(-5 * SECOND, random.pick([SECOND, 10 * SECOND, 2 * MINUTE]))
      : late
        ? latest
        : random.int(5 * SECOND, 35 * MINUTE),
    late,
    tooMuch: random.chance(0.08) ? random.pick([-1, 1, 100]) : 0,
    duplicates: random.chance(0.2) ? random.int(1, 3) : 0,
    atOnce: random.chance(0.2) ? random.int(2, 4) : 1,
    delayMs: random.chance(0.2) ? random.pick([10 * SECOND, 5 * MINUTE, 2 * HOUR]) : 0,
    lose: random.chance(0.3) ? random.pick([1, 2, 16, 16]) : 0,
    givenBack: null,
  };
}

function drawRefundScript(random: Random): RefundScript {
  const outcome = random.pick(['succeeds', 'succeeds', 'succeeds', 'closes', 'abnormal']);
  const notify =
    outcome === 'abnormal'
      ? random.pick(['once', 'never', 'overtaken'])
      : random.pick(['once', 'once', 'never', 'twice', 'before_answer']);
  return {
    outcome,
    notify,
    takesMs: random.pick([SECOND, 10 * SECOND, 10 * MINUTE]),
    source: random.pick(['wx_paycallback', 'wx_paycallback', '', 'wx_http']),
    faults: random.chance(0.3)
      ? { duplicates: random.int(0, 2), lose: random.pick(['first', 'all', 2]) }
      : {},
  };
}

function drawEvents(random: Random, trouble: number, orders: number, machines: number): readonly Event[] {
  const events: Event[] = [];
  const some = (share: number, most: number, draw: (at: number) => Event): void => {
    for (let n = 0; n < most; n += 1) if (random.chance(share)) events.push(draw(random.int(0, HOUR)));
  };
  const machine = () => random.int(0, machines - 1);
  const order = () => random.int(0, orders - 1);
  some(0.2 * trouble, 4, (at) => ({
    at,
    kind: 'crash',
    machine: machine(),
    downMs: random.pick([SECOND, 20 * SECOND, 5 * MINUTE]),
  }));
  some(0.1 * trouble, 3, (at) => ({
    at,
    kind: 'freeze',
    machine: machine(),
    ms: random.pick([5 * SECOND, 70 * SECOND, 10 * MINUTE]),
  }));
  some(0.15, 3, (at) => ({
    at,
    kind: 'forged_payment',
    order: order(),
    source: random.pick(FORGED_SOURCES),
    total: random.pick([null, 1]),
  }));
  some(0.1, 2, (at) => ({
    at,
    kind: 'forged_refund',
    order: order(),
    source: random.pick(FORGED_SOURCES),
    status: random.pick(['SUCCESS', 'REFUNDCLOSE', 'CHANGE']),
  }));
  some(0.25, 4, (at) => ({
    at: random.chance(0.3) ? at + random.pick([HOUR, 24 * HOUR]) : at,
    kind: 'operator',
    order: order(),
    deed: random.pick(OPERATOR_DEEDS),
  }));
  some(0.07, 2, (at) => ({
    at,
    kind: 'back_office_refund',
    order: order(),
    share: random.pick([1, 0.5]),
    told: random.chance(0.5),
  }));
  some(0.5, 1, (at) => ({
    at: at + HOUR,
    kind: 'handle_abnormal',
    as: random.pick(['SUCCESS', 'REFUNDCLOSE']),
  }));
  some(0.05, 1, (at) => ({ at, kind: 'stranger', n: 0, total: random.int(1, 500) }));
  some(0.07, 2, (at) => ({
    at: at + 3 * HOUR,
    kind: 'statement_lie',
    order: order(),
    lie: random.pick(STATEMENT_LIES),
  }));
  return events;
}

/** What a caller who is not WeChat Pay may come with. */
const FORGED_SOURCES: readonly [string, ...string[]] = [
  'wx_client',
  'wx_client,scf',
  'wx_http',
  '',
  'wx_paycallback,scf',
  'scf',
  'wx_client,wx_paycallback',
];

const OPERATOR_DEEDS: readonly [OperatorDeed, ...OperatorDeed[]] = [
  'ask_order',
  'close_order',
  'refund_all',
  'refund_all',
  'refund_part',
  'refund_part',
  'refund_most',
  'retry_fulfilment',
  'replay_messages',
  'dismiss_messages',
  'ask_refunds',
  'resolve_discrepancies',
  'run_statements_again',
];

const STATEMENT_LIES: readonly [StatementLie, ...StatementLie[]] = [
  'payment_absent',
  'refund_absent',
  'wrong_amount',
  'duplicate_row',

  'no_file',
  'damaged',
  'unreadable_row',
];

const STORE_MISHAPS: readonly [StoreMishap, ...StoreMishap[]] = [
  'before',
  'before',
  'after',
  'after',
  'slow_before',
  'slow_after',
  'crash_before',
  'crash_after',
  'crash_after',
  'freeze',
];

function drawStoreFaults(random: Random, trouble: number): readonly StoreFault[] {
  const most = trouble === 0 ? 0 : random.int(0, Math.ceil(12 * trouble));
  return Array.from({ length: most }, () => ({
    nth: random.int(0, random.pick([40, 120, 400])),
    fault: random.pick(STORE_MISHAPS),
    ms: random.pick([3 * SECOND, 30 * SECOND, 70 * SECOND, 200 * SECOND]),
  }));
}

const CALL_MISHAPS: readonly [CallMishap, ...CallMishap[]] = [
  'lost_request',
  'lost_answer',
  'lost_answer',
  'late',
  'late',
  'nonsense',
  'system_error',
  'system_error_done',
  'rate_limited',
  'missing_api_token',
  'no_funds',
  'account_abnormal',
];

function drawCallFaults(random: Random, trouble: number): readonly CallFault[] {
  const most = trouble === 0 ? 0 : random.int(0, Math.ceil(7 * trouble));
  return Array.from({ length: most }, () => {
    const about = random.pick(['order', 'order', 'refund', 'refund', 'bill']);
    const nth = random.int(0, about === 'order' ? 30 : 5);
    return { about, nth, fault: random.pick(CALL_MISHAPS) };
  });
}
