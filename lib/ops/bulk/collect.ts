import { createHash } from 'node:crypto';
import type { Person } from '../../model/operators/principal';
import { bulkNeedsSecondPerson } from '../../rules/second-person';
import { canonical } from '../../values/canonical';
import type { Fen } from '../../values/fen';
import { fen } from '../../values/fen';
import type { OpsAction } from '../actions';
import { askedStates } from '../people/asked-items';
import type { OpsDeps } from '../deps';
import { listOrders } from '../lists/list-orders';
import * as look from '../lists/queries';
import type { BulkAction, BulkFilter } from './bulk-api';
import { MOST_IN_BULK } from './bulk-api';

/** One item that a bulk action may be taken on. */
export interface Candidate {
  readonly name: string;
  readonly amount: Fen | null;
  /** A hash of the state that the action depends on; null: it depends on none. */
  readonly seen: string | null;
}

/** Everything that a filter lists, as far as one bulk action goes. */
export interface Collected {
  readonly items: readonly Candidate[];
  readonly leftOut: number;
  readonly more: boolean;
  readonly needsApproval: boolean;
}

/** Rows of one page: one request, and what the rows need besides. */
const PAGE = 500;

/** Items whose state is read at once. */
const AT_ONCE = 500;

interface Row {
  readonly name: string;
  readonly amount: Fen | null;
  readonly actions: readonly OpsAction[];
}

interface PageOfRows {
  readonly rows: readonly Row[];
  readonly next: string | null;
}

/**
 * The items that the action may be taken on, page by page, at most `MOST_IN_BULK`. What the list
 * shows and the action does not apply to now is counted and left out.
 */
export async function collect(
  deps: OpsDeps,
  by: Person,
  action: BulkAction,
  filter: BulkFilter,
): Promise<Collected> {
  const found = new Map<string, Row>();
  let leftOut = 0;
  let beyond = 0;
  let after: string | null = null;
  for (let page = 0; page * PAGE <= MOST_IN_BULK; page += 1) {
    const { rows, next }: PageOfRows = await pageOf(deps, by, action, filter, after);
    for (const row of rows) {
      if (!row.actions.includes(action)) leftOut += 1;
      else if (found.size < MOST_IN_BULK) found.set(row.name, row);
      else beyond += 1;
    }
    after = next;
    if (next === null || found.size >= MOST_IN_BULK) break;
  }
  const rows = [...found.values()];
  const { seen, anyAbove } = await statesOf(deps, by, action, rows);
  return {
    items: rows.map(({ name, amount }) => ({ name, amount, seen: seen.get(name) ?? null })),
    leftOut,
    more: after !== null || beyond > 0,
    needsApproval: anyAbove || bulkNeedsSecondPerson(deps.secondPerson.bulkAbove, rows.length),
  };
}

/** The money of all items; null where none is at stake. */
export function sumOf(items: readonly Candidate[]): Fen | null {
  const amounts = items.flatMap(({ amount }) => amount ?? []);
  return amounts.length === 0 ? null : fen(amounts.reduce((sum, one) => sum + one, 0));
}

/** The hash of what a second person approves. */
export function digestOf(action: BulkAction, items: readonly Pick<Candidate, 'name' | 'seen'>[]): string {
  return sha256Hex(canonical({ action, items: items.map(({ name, seen }) => [name, seen]) }));
}

/** The state of each item now, and whether it needs a second person by itself. */
export async function standNow(
  deps: OpsDeps,
  by: Person,
  action: BulkAction,
  names: readonly string[],
): Promise<ReadonlyMap<string, Pick<Candidate, 'seen'> & { readonly isAbove: boolean }>> {
  const states = await askedStates(deps, by, action, names, null);
  return new Map(
    [...states].map(([name, { seen, isAbove }]) => [
      name,
      { seen: seen === null ? null : hashOf(seen), isAbove },
    ]),
  );
}

async function statesOf(deps: OpsDeps, by: Person, action: BulkAction, rows: readonly Row[]) {
  const seen = new Map<string, string | null>();
  let anyAbove = false;
  if (!DECIDED_BY_STATE.has(action)) return { seen, anyAbove };
  for (let begin = 0; begin < rows.length; begin += AT_ONCE) {
    const names = rows.slice(begin, begin + AT_ONCE).map(({ name }) => name);
    for (const [name, stands] of await standNow(deps, by, action, names)) {
      seen.set(name, stands.seen);
      anyAbove ||= stands.isAbove;
    }
  }
  return { seen, anyAbove };
}

/** Where the state of an item is part of what is decided. */
const DECIDED_BY_STATE: ReadonlySet<BulkAction> = new Set<BulkAction>(['refund_order', 'release_hold']);

function hashOf(seen: unknown): string {
  return sha256Hex(canonical(seen)).slice(0, 16);
}

function sha256Hex(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** What the list of an action is of. */
function listOf(action: BulkAction): 'message' | 'order' | 'refund' | 'discrepancy' {
  switch (action) {
    case 'replay_message':
    case 'dismiss_message':
      return 'message';
    case 'ask_refund':
      return 'refund';
    case 'resolve_discrepancy':
      return 'discrepancy';
    case 'retry_fulfilment':
    case 'release_hold':
    case 'ask_order':
    case 'close_order':
    case 'refund_order':
      return 'order';
  }
}

async function pageOf(
  deps: OpsDeps,
  by: Person,
  action: BulkAction,
  filter: BulkFilter,
  after: string | null,
): Promise<PageOfRows> {
  const { payment = null, fulfilment = null, late = null, from = null, to = null } = filter;
  const { reason = null, only = null } = filter;
  const page = { after, limit: PAGE };
  switch (listOf(action)) {
    case 'message': {
      const listed = await look.listMessages(deps, by, { ...page, state: 'dead', reason, only, from, to });
      const rows = listed.items.map(({ key, actions }) => ({ name: key, amount: null, actions }));
      return { rows, next: listed.next };
    }
    case 'refund': {
      const listed = await look.listRefunds(deps, by, { ...page, state: filter.refund ?? null });
      const rows = listed.items.map(({ outRefundNo, amount, actions }) => ({
        name: outRefundNo,
        amount,
        actions,
      }));
      return { rows, next: listed.next };
    }
    case 'discrepancy': {
      const listed = await look.listDiscrepancies(deps, by, {
        ...page,
        state: 'open',
        class: filter.class ?? null,
      });
      const rows = listed.items.map(({ id, actions }) => ({ name: id, amount: null, actions }));
      return { rows, next: listed.next };
    }
    case 'order': {
      const listed = await listOrders(deps, by, { ...page, payment, fulfilment, late, from, to });
      if (!listed.ok) return { rows: [], next: null };
      const rows = listed.items.map(({ outTradeNo, total, refunded, refunding, actions }) => ({
        name: outTradeNo,
        amount: action === 'refund_order' ? fen(total - refunded - refunding) : total,
        actions,
      }));
      return { rows, next: listed.next };
    }
  }
}
