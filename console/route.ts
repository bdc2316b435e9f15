import type { DiscrepancyClass, DiscrepancyState } from '../lib/model/discrepancy';
import type { DeathReason, MessageState } from '../lib/model/message';
import type { Order } from '../lib/model/order';
import type { MessagePart, OrderSort } from '../lib/ops/lists/list-api';
import type { RefundState } from '../lib/model/refund';
import type { LateKind, OrderLookUp } from '../lib/store/requests';
import type { AgeBucket } from '../lib/rules/ageing';
import { allOf } from '../lib/values/all-of';

/*
 * The current place as its address: `#/messages?state=dead`. It contains everything a colleague
 * needs to see the same, and never a secret.
 */

/** The span of the overview's charts. */
export type PlotSpan = '6h' | '24h' | '7d' | '30d';

/**
 * A place in the console. `after` is a list's cursor, null on its first page; `from` and `to` are
 * Beijing wall times of form fields.
 */
export type Route =
  | { readonly screen: 'overview'; readonly span: PlotSpan }
  | {
      readonly screen: 'messages';
      readonly state: MessageState;
      /** The cause of death of dead messages. */
      readonly reason: DeathReason | null;
      /** Verified ones, unverified ones, or those that are claimed alone. */
      readonly only: MessagePart | null;
      readonly from: string | null;
      readonly to: string | null;
      readonly after: string | null;
    }
  | { readonly screen: 'message'; readonly key: string }
  | {
      readonly screen: 'orders';
      readonly payment: Order['payment']['state'] | null;
      readonly fulfilment: Order['fulfilment']['state'] | null;
      /** Only late ones of this kind; the states are null then. */
      readonly late: LateKind | null;
      readonly sort: OrderSort;
      /** When they were created. */
      readonly from: string | null;
      readonly to: string | null;
      /** Only these, of all states: by beginning of the number, by amount or by payer. */
      readonly by: LookUp | null;
      readonly after: string | null;
    }
  | { readonly screen: 'order'; readonly outTradeNo: string }
  | { readonly screen: 'refund'; readonly outRefundNo: string }
  | { readonly screen: 'refunds'; readonly state: RefundState | null; readonly after: string | null }
  | {
      readonly screen: 'discrepancies';
      readonly state: DiscrepancyState;
      readonly class: DiscrepancyClass | null;
      readonly after: string | null;
    }
  | { readonly screen: 'discrepancy'; readonly id: string }
  | { readonly screen: 'runs'; readonly after: string | null }
  | {
      readonly screen: 'run';
      readonly id: string;
      readonly class: DiscrepancyClass | null;
      readonly after: string | null;
    }
  | { readonly screen: 'audit'; readonly subject: string | null; readonly after: string | null }
  | { readonly screen: 'checks' }
  | { readonly screen: 'approvals'; readonly decided: boolean; readonly after: string | null }
  | { readonly screen: 'approval'; readonly id: string }
  | { readonly screen: 'bulk'; readonly id: string }
  | { readonly screen: 'search'; readonly text: string }
  | { readonly screen: 'books' }
  /** `<subMchId>:<month>` */
  | { readonly screen: 'month'; readonly id: string }
  | {
      readonly screen: 'openItems';
      /** Null: all owners; empty: nobody. */
      readonly owner: string | null;
      readonly bucket: AgeBucket | null;
      readonly after: string | null;
    };

/** What orders are looked up by, as in an address: `amount=88.00`. */
export interface LookUp {
  readonly kind: Exclude<OrderLookUp['kind'], 'size'>;
  readonly text: string;
}

/** The screens of the navigation, in order. */
export const PLACES = [
  'overview',
  'messages',
  'orders',
  'refunds',
  'discrepancies',
  'runs',
  'audit',
  'checks',
  'approvals',
] as const satisfies readonly Route['screen'][];

/** A screen of the navigation. */
export type Place = (typeof PLACES)[number];

/** The values an address may name; an unknown one falls back to the default. */
export const CHOICES = {
  span: allOf<PlotSpan>()('6h', '24h', '7d', '30d'),
  message: allOf<MessageState>()('pending', 'dead', 'done'),
  part: allOf<MessagePart>()('platform', 'unverified', 'alone'),
  death: allOf<DeathReason>()(
    'too_many_attempts',
    'mismatch',
    'order_never_appeared',
    'not_confirmed_by_query',
    'unusable_notification',
    'operator',
  ),
  payment: allOf<Order['payment']['state']>()('pending', 'paid', 'closed', 'failed'),
  fulfilment: allOf<Order['fulfilment']['state']>()('none', 'due', 'held', 'done', 'dead'),
  late: allOf<LateKind>()('unknown', 'unfulfilled'),
  sort: allOf<OrderSort>()('newest', 'oldest', 'largest', 'smallest'),
  lookUp: allOf<LookUp['kind']>()('prefix', 'amount', 'payer'),
  refund: allOf<RefundState>()('requested', 'processing', 'succeeded', 'closed', 'abnormal'),
  age: allOf<AgeBucket>()('today', 'to_3', 'to_7', 'to_30', 'over_30'),
  discrepancy: allOf<DiscrepancyState>()('open', 'carried_over', 'resolved'),
  class: allOf<DiscrepancyClass>()(
    'missing_order',
    'unpaid_order',
    'missing_payment',
    'amount_mismatch',
    'currency_mismatch',
    'merchant_mismatch',
    'payer_mismatch',
    'duplicate_payment',
    'paid_after_close',
    'transaction_reused',
    'fulfilment_held',
    'fee_mismatch',
    'refund_missing_here',
    'refund_missing_there',
    'refund_amount_mismatch',
    'refund_state_mismatch',
    'refund_transaction_mismatch',
    'statement_corrupt',
    'excluded_rows',
    'books_incomplete',
    'cash_mismatch',
    'cash_missing',
    'cash_unexplained',
    'balance_gap',
    'fund_flow_missing',
    'fund_flow_invalid',
  ),
} as const;

/** The first page of the messages of one state. */
export function messagesRoute(state: MessageState, only: MessagePart | null = null): Route {
  return { screen: 'messages', state, reason: null, only, from: null, to: null, after: null };
}

type OrdersRoute = Extract<Route, { screen: 'orders' }>;

/** The first page of the orders in these states, or of the late ones of one kind. */
export function ordersRoute(only: Partial<Omit<OrdersRoute, 'screen' | 'after'>> = {}): OrdersRoute {
  const all = { payment: null, fulfilment: null, late: null, sort: 'newest', from: null, to: null } as const;
  return { screen: 'orders', ...all, by: null, ...only, after: null };
}

/** The first page of a place. */
export function placeRoute(place: Place): Route {
  switch (place) {
    case 'overview':
      return { screen: 'overview', span: '24h' };
    case 'messages':
      return messagesRoute('pending');
    case 'orders':
      return ordersRoute();
    case 'refunds':
      return { screen: 'refunds', state: null, after: null };
    case 'discrepancies':
      return { screen: 'discrepancies', state: 'open', class: null, after: null };
    case 'runs':
      return { screen: 'runs', after: null };
    case 'audit':
      return { screen: 'audit', subject: null, after: null };
    case 'checks':
      return { screen: 'checks' };
    case 'approvals':
      return { screen: 'approvals', decided: false, after: null };
  }
}

/** The place a screen belongs to; null for the search, which belongs to none. */
export function placeOf(screen: Route['screen']): Place | null {
  switch (screen) {
    case 'message':
      return 'messages';
    case 'order':
      return 'orders';
    case 'refund':
      return 'refunds';
    case 'discrepancy':
    case 'openItems':
      return 'discrepancies';
    case 'run':
    case 'books':
    case 'month':
      return 'runs';
    case 'approval':
      return 'approvals';
    case 'search':
    case 'bulk':
      return null;
    case 'overview':
    case 'messages':
    case 'orders':
    case 'refunds':
    case 'discrepancies':
    case 'runs':
    case 'audit':
    case 'checks':
    case 'approvals':
      return screen;
  }
}

/** The address of a route, with everything that is not a default. */
export function hrefOf(route: Route): string {
  const at = (path: string, params: Readonly<Record<string, string | null>> = {}) => {
    const given = Object.entries(params).flatMap(([name, value]) =>
      value === null || value === '' ? [] : [`${name}=${encodeURIComponent(value)}`],
    );
    return `#/${path}${given.length === 0 ? '' : `?${given.join('&')}`}`;
  };
  switch (route.screen) {
    case 'overview':
      return at('', { span: route.span === '24h' ? null : route.span });
    case 'messages':
      return at('messages', {
        state: route.state,
        reason: route.reason,
        only: route.only,
        from: route.from,
        to: route.to,
        after: route.after,
      });
    case 'message':
      return at(`messages/${encodeURIComponent(route.key)}`);
    case 'orders':
      return at('orders', {
        payment: route.payment,
        fulfilment: route.fulfilment,
        late: route.late,
        sort: route.sort === 'newest' ? null : route.sort,
        from: route.from,
        to: route.to,
        ...(route.by === null ? {} : { [route.by.kind]: route.by.text }),
        after: route.after,
      });
    case 'order':
      return at(`orders/${encodeURIComponent(route.outTradeNo)}`);
    case 'refund':
      return at(`refunds/${encodeURIComponent(route.outRefundNo)}`);
    case 'refunds':
      return at('refunds', { state: route.state, after: route.after });
    case 'discrepancies':
      return at('discrepancies', { state: route.state, class: route.class, after: route.after });
    case 'discrepancy':
      return at(`discrepancies/${encodeURIComponent(route.id)}`);
    case 'runs':
      return at('runs', { after: route.after });
    case 'run':
      return at(`runs/${encodeURIComponent(route.id)}`, { class: route.class, after: route.after });
    case 'audit':
      return at('audit', { subject: route.subject, after: route.after });
    case 'checks':
      return at('checks');
    case 'approvals':
      return at('approvals', { decided: route.decided ? 'yes' : null, after: route.after });
    case 'approval':
      return at(`approvals/${encodeURIComponent(route.id)}`);
    case 'bulk':
      return at(`bulk/${encodeURIComponent(route.id)}`);
    case 'search':
      return at('search', { text: route.text });
    case 'books':
      return at('books');
    case 'month':
      return at(`books/${encodeURIComponent(route.id)}`);
    case 'openItems':
      return at('open-items', {
        // An empty owner is nobody, which an address without one would not say.
        owner: route.owner === '' ? '-' : route.owner,
        bucket: route.bucket,
        after: route.after,
      });
  }
}

/** The route of an address. Unreadable parts are defaults. */
export function readRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#?\/?/, '').split('?', 2);
  const [place = '', ...rest] = path.split('/');
  const name = decoded(rest.join('/'));
  const params = new URLSearchParams(query);
  const text = (key: string): string | null => params.get(key) || null;
  const after = text('after');
  switch (place) {
    case 'messages':
      if (name !== '') return { screen: 'message', key: name };
      return {
        screen: 'messages',
        state: oneOf(CHOICES.message, text('state')) ?? 'pending',
        reason: oneOf(CHOICES.death, text('reason')),
        only: oneOf(CHOICES.part, text('only')),
        from: text('from'),
        to: text('to'),
        after,
      };
    case 'orders':
      if (name !== '') return { screen: 'order', outTradeNo: name };
      return {
        screen: 'orders',
        payment: oneOf(CHOICES.payment, text('payment')),
        fulfilment: oneOf(CHOICES.fulfilment, text('fulfilment')),
        late: oneOf(CHOICES.late, text('late')),
        sort: oneOf(CHOICES.sort, text('sort')) ?? 'newest',
        from: text('from'),
        to: text('to'),
        by: lookUpIn(text),
        after,
      };
    case 'refunds':
      if (name !== '') return { screen: 'refund', outRefundNo: name };
      return { screen: 'refunds', state: oneOf(CHOICES.refund, text('state')), after };
    case 'discrepancies':
      if (name !== '') return { screen: 'discrepancy', id: name };
      return {
        screen: 'discrepancies',
        state: oneOf(CHOICES.discrepancy, text('state')) ?? 'open',
        class: oneOf(CHOICES.class, text('class')),
        after,
      };
    case 'runs':
      if (name !== '') return { screen: 'run', id: name, class: oneOf(CHOICES.class, text('class')), after };
      return { screen: 'runs', after };
    case 'audit':
      return { screen: 'audit', subject: text('subject'), after };
    case 'checks':
      return { screen: 'checks' };
    case 'approvals':
      if (name !== '') return { screen: 'approval', id: name };
      return { screen: 'approvals', decided: text('decided') === 'yes', after };
    case 'bulk':
      return { screen: 'bulk', id: name };
    case 'search':
      return { screen: 'search', text: params.get('text') ?? '' };
    case 'books':
      return name === '' ? { screen: 'books' } : { screen: 'month', id: name };
    case 'open-items': {
      const owner = text('owner');
      return {
        screen: 'openItems',
        owner: owner === '-' ? '' : owner,
        bucket: oneOf(CHOICES.age, text('bucket')),
        after,
      };
    }
    default:
      return { screen: 'overview', span: oneOf(CHOICES.span, text('span')) ?? '24h' };
  }
}

/** The choice a text names; null for none of them. */
export function oneOf<Choice extends string>(choices: readonly Choice[], text: string | null): Choice | null {
  return choices.find((choice) => choice === text) ?? null;
}

function lookUpIn(text: (key: string) => string | null): LookUp | null {
  for (const kind of CHOICES.lookUp) {
    const value = text(kind);
    if (value !== null) return { kind, text: value };
  }
  return null;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
