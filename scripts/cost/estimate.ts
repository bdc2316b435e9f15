/*
 * What a shop in cloud functions costs a month, from the model of docs/scale.md. The figures are
 * read from that page's table, their one place. Pure.
 */

/** A row of the table: calls, and what they cost in yuan. */
interface Row {
  readonly calls: number;
  /** The cheapest and the dearest of WeChat's call packs. */
  readonly packs: readonly [number, number];
  /** Pay as you go; null where the page gives no list price. */
  readonly asYouGo: number | null;
}

/** How a shop's timers are set. */
export const TIMERS = ['default', 'trigger'] as const;

/** A shop, as far as it decides about the cost. */
export interface Shop {
  /** Paid orders a month. */
  readonly payments: number;
  /** Orders a month that are created and never paid. */
  readonly unpaid: number;
  /** Default timers, or the database trigger with timers of a minute. */
  readonly timers: (typeof TIMERS)[number];
}

/** One line of an estimate. */
export interface CostLine extends Row {
  readonly what: string;
}

/** Function runs and database requests of `createOrder`: docs/scale.md, what one payment costs. */
const CALLS_PER_ORDER = 4;

/** Of an order that is never paid: three queries and its closing, of three calls each. */
const CALLS_PER_UNPAID = 4 * 3;

/** How each row begins. */
const ROWS = {
  default: 'idle, default timers',
  trigger: 'idle, database trigger',
  ack: '1,000 payments: ack and application',
  fulfilment: '1,000 payments: fulfilment',
} as const;

/**
 * The lines of an estimate, the last being their sum. Throws when the page has no such table, which
 * means that it was changed: adapt this reader.
 */
export function estimate(page: string, shop: Shop): readonly CostLine[] {
  const idle = rowOf(page, ROWS[shop.timers]);
  const thousands = shop.payments / 1_000;
  // What one call costs follows from the idle row: the packs count calls of any kind.
  const orders = callsLike(idle, (shop.payments + shop.unpaid) * CALLS_PER_ORDER);
  const lines = [
    { what: 'idle', ...idle },
    { what: 'orders created', ...orders },
    { what: 'payments stored and applied', ...times(rowOf(page, ROWS.ack), thousands) },
    { what: 'orders fulfilled', ...times(rowOf(page, ROWS.fulfilment), thousands) },
    { what: 'orders never paid', ...callsLike(idle, shop.unpaid * CALLS_PER_UNPAID) },
  ];
  return [...lines, { what: 'sum', ...lines.reduce(plus, NOTHING) }];
}

const NOTHING: Row = { calls: 0, packs: [0, 0], asYouGo: 0 };

function times({ calls, packs: [low, high], asYouGo }: Row, factor: number): Row {
  return {
    calls: Math.round(calls * factor),
    packs: [low * factor, high * factor],
    asYouGo: asYouGo === null ? null : asYouGo * factor,
  };
}

function callsLike(row: Row, calls: number): Row {
  return times(row, calls / row.calls);
}

function plus(a: Row, b: Row): Row {
  return {
    calls: a.calls + b.calls,
    packs: [a.packs[0] + b.packs[0], a.packs[1] + b.packs[1]],
    asYouGo: a.asYouGo === null || b.asYouGo === null ? null : a.asYouGo + b.asYouGo,
  };
}

function rowOf(page: string, name: string): Row {
  const line = page.split('\n').find((one) => one.startsWith(`| ${name}`)) ?? '';
  const [, , calls = '', packs = '', asYouGo = ''] = line.split('|').map((cell) => cell.trim());
  const [low, high] = packs.split(' to ').map(Number);
  const count = Number(calls.replaceAll(',', ''));
  if (!(count > 0) || low === undefined || high === undefined || !(low > 0 && high >= low)) {
    throw new Error(`docs/scale.md has no row "${name}" with calls and the price of call packs`);
  }
  const price = /\d+(?:\.\d+)?/.exec(asYouGo)?.[0];
  return { calls: count, packs: [low, high], asYouGo: price === undefined ? null : Number(price) };
}
