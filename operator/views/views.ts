import type { OpsOperations, ShownOrder } from '../../lib/ops/api';
import type { ReleasePreview } from '../../lib/ops/lists/order-line';
import type { ActResult } from '../../lib/ops/changed';
import { isUnchanged } from '../../lib/ops/changed';
import { resultCode, resultMessage } from '../changed';
import type { AuditEntry } from '../../lib/model/operators/audit';
import type { AlarmUnit } from '../../lib/model/alarm';
import { ALARM_CAUSES, ALARM_UNITS } from '../../lib/model/alarm';
import type { HistoryLine } from '../../lib/model/message';
import type { Unreadable } from '../../lib/model/unreadable';
import type { Order } from '../../lib/model/order';
import { foreignCashOf } from '../../lib/model/order';
import type { Envelope } from '../../lib/model/envelope';
import type { Fen } from '../../lib/values/fen';
import { sideText, yuan } from '../../lib/values/yuan';
import { startOf } from '../../lib/values/day';
import { formatBeijing } from '../../lib/values/instant';
import type { Json } from '../../lib/values/json';
import type { ListName } from '../arguments';
import { callsText } from './fulfilment-views';
import { rows, time } from '../rows';
import { pausesText } from './worker-views';
import { handlingOf, todayText } from './today-view';
import type { Words } from '../words';

type Answer<Name extends keyof OpsOperations> = OpsOperations[Name]['answer'];

/** The items of each list, by its name. */
export interface ListAnswers {
  readonly messages: Answer<'list_messages'>;
  readonly orders: Answer<'list_orders'>;
  readonly refunds: Answer<'list_refunds'>;
  readonly discrepancies: Answer<'list_discrepancies'>;
  readonly runs: Answer<'list_runs'>;
  readonly audit: Answer<'list_audit'>;
}

/** One line of each list. */
export const LINES: {
  readonly [Name in ListName]: (one: ListAnswers[Name]['items'][number]) => Readonly<Record<string, string>>;
} = {
  messages: (one) => ({
    key: one.key,
    state: one.state,
    trust: one.trust,
    attempts: String(one.attempts),
    claims: one.alone ? `${one.claims} alone` : String(one.claims),
    deliveries: String(one.deliveries),
    received: time(one.receivedAt),
    actions: one.actions.join(' '),
  }),
  orders: (one) => ({
    order: one.outTradeNo,
    total: yuan(one.total),
    payment: one.payment,
    fulfilment: one.fulfilment,
    refunded: one.refunded === 0 ? '' : yuan(one.refunded),
    refunding: one.refunding === 0 ? '' : yuan(one.refunding),
    payer: one.payer,
    created: time(one.createdAt),
    paid: time(one.paidAt),
    actions: one.actions.join(' '),
  }),
  refunds: (one) => ({
    refund: one.outRefundNo,
    order: one.outTradeNo,
    amount: yuan(one.amount),
    state: one.progress.state,
    by: one.requestedBy,
    created: time(one.createdAt),
    actions: one.actions.join(' '),
  }),
  discrepancies: (one) => ({
    id: one.id,
    ours: sideText(one.ours),
    theirs: sideText(one.theirs),
    seen: time(one.lastSeenAt),
    result: one.resolution === null ? '' : `${one.resolution.by}: ${one.resolution.reason}`,
    actions: one.actions.join(' '),
  }),
  runs: (one) => ({
    run: one.id,
    day: formatBeijing(startOf(one.day), 'YYYY-MM-DD'),
    state: one.state,
    outcome: one.outcome ?? '',
    theirs: one.payments === null ? '' : yuan(one.payments.theirs),
    ours: one.payments === null ? '' : yuan(one.payments.ours),
    found: String(one.found),
    actions: one.actions.join(' '),
  }),
  audit: auditLine,
};

/** A page of a list as a table, and how to see the next one. */
export function pageText<Item>(
  words: Words,
  page: {
    readonly items: readonly Item[];
    readonly next: string | null;
    readonly unreadable?: readonly Unreadable[];
  },
  line: (one: Item) => Readonly<Record<string, string>>,
): string {
  const { items, next, unreadable = [] } = page;
  return [
    rows(words, items.map(line)),
    ...unreadableRows(words, unreadable),
    next === null ? '' : `${words.more(next)}\n`,
  ].join('');
}

/** What cannot be read, as it is stored; nothing where all can. */
function unreadableRows(words: Words, unreadable: readonly Unreadable[]): readonly string[] {
  if (unreadable.length === 0) return [];
  const lines = unreadable.map(({ name, problem, raw }) => ({ name, message: problem, raw: plain(raw) }));
  return [words.unreadable(unreadable.length), rows(words, lines)];
}

function auditLine(one: AuditEntry): Readonly<Record<string, string>> {
  return {
    at: time(one.at),
    who: one.who,
    action: one.action,
    subject: one.subject.name,
    outcome: one.outcome,
    reason: one.reason ?? '',
  };
}

/** The overview. */
export function overviewText(words: Words, answer: Answer<'overview'>): string {
  const { figures, today, late, failed, alarms, issues, runs, pauses } = answer;
  const count = (counts: Readonly<Record<string, number | undefined>>) =>
    Object.values(counts).reduce<number>((sum, one) => sum + (one ?? 0), 0);
  const figure = Object.entries({
    'messages pending': String(figures.pending),
    'messages dead': String(figures.dead),
    'unverified pending': String(figures.unverified?.pending ?? 0),
    'unverified dead': String(figures.unverified?.dead ?? 0),
    'claimed alone': String(figures.alone ?? 0),
    'oldest due': `${Math.round(figures.oldestDueMs / 1000)} s`,
    'payments in an hour': String(figures.heard),
    'without a callback': String(figures.withoutCallback),
    'orders pending': String(figures.orders.payment.pending),
    'orders paid': String(figures.orders.payment.paid),
    'payment unknown, late': String(late.unknown),
    'not fulfilled, late': String(late.unfulfilled),
    'fulfilment due': String(figures.orders.fulfilment.due),
    'on hold': String(figures.orders.fulfilment.held),
    'fulfilment failed': String(Math.max(0, figures.orders.fulfilment.dead - failed.refunded)),
    'failed and refunded': String(failed.refunded),
    'refunds processing': String(figures.refunds.requested + figures.refunds.processing),
    'open discrepancies': String(count(figures.openDiscrepancies)),
  }).map(([name, now]) => ({ figure: words.heads[name] ?? name, now }));
  const raised = ALARM_CAUSES.flatMap((cause) =>
    alarms.filter((one) => one.cause === cause && one.level > 0),
  ).map((one) => ({
    cause: one.cause,
    level: `${one.level}%`,
    value: inUnit(one.value, ALARM_UNITS[one.cause]),
    threshold: inUnit(one.threshold, ALARM_UNITS[one.cause]),
    since: time(one.since),
    ...handlingOf(issues, one.cause),
  }));
  const days = runs.map((run) => LINES.runs({ ...run, actions: [] }));
  const parts = [
    todayText(words, today),
    rows(words, figure),
    ...(raised.length === 0 ? [] : [rows(words, raised)]),
    ...(pauses.length === 0 ? [] : [pausesText(words, pauses)]),
    rows(words, days),
  ];
  return parts.join('\n');
}

function inUnit(value: number, unit: AlarmUnit): string {
  switch (unit) {
    case 'ms':
      return `${Math.round(value / 1000)} s`;
    case 'percent':
      return `${value} %`;
    case 'count':
      return String(value);
  }
}

/** What releasing each order would fulfil. */
export function previewText(words: Words, items: readonly ReleasePreview[]): string {
  return rows(
    words,
    items.map((item) => ({
      order: item.name,
      total: item.ok ? yuan(item.order.total) : '',
      result: item.ok ? item.hold.reason : item.code,
      since: item.ok ? time(item.hold.heldAt) : '',
    })),
  );
}

/** The result of each item of an action. */
export function resultsText(words: Words, results: readonly ActResult[]): string {
  const all = results.map((one) => ({
    name: one.name,
    result: resultCode(words, one),
    message: resultMessage(words, one),
  }));
  const refused = results.filter(({ ok }) => !ok).length;
  const unchanged = results.filter((one) => one.ok && isUnchanged(one.changed)).length;
  return `${rows(words, all)}${words.done(results.length - refused - unchanged, refused, unchanged)}\n`;
}

/** A complete order with its timeline; one that cannot be read as it is stored. */
export function orderText(words: Words, answer: Answer<'show_order'>): string {
  if (answer.unreadable !== null)
    return [unreadableRows(words, [answer.unreadable]).join(''), ...storyRows(words, answer)].join('\n');
  const { order, refundable, payments, unreadableRefunds } = answer;
  const head = {
    order: order.outTradeNo,
    total: yuan(order.total),
    payment: order.payment.state,
    fulfilment: order.fulfilment.state,
    refunded: answer.refunded === 0 ? '' : yuan(answer.refunded),
    refunding: answer.refunding === 0 ? '' : yuan(answer.refunding),
    refundable: yuan(refundable),
    payer: order.payer,
    created: time(order.createdAt),
    actions: order.actions.join(' '),
  };
  const { lastAnswer } = order;
  const currency = foreignCashOf(order.payment);
  const parts = [
    rows(words, [head]),
    ...(lastAnswer === null
      ? []
      : [rows(words, [{ 'last answer': lastAnswer.said, at: time(lastAnswer.at) }])]),
    ...(currency === null ? [] : [rows(words, [{ 'currency paid in': currency }])]),
    ...promotionRows(words, order.payment),
    ...(payments.length === 0 ? [] : [rows(words, payments.map(paymentRow))]),
    ...callsText(words, order.calls),
    storyText(words, order.history),
    ...storyRows(words, answer),
    ...(unreadableRefunds.length === 0 ? [] : [unreadableRows(words, unreadableRefunds).join('')]),
  ];
  return parts.join('\n');
}

function storyRows(
  words: Words,
  { messages, refunds, discrepancies, audit }: Answer<'show_order'>,
): readonly string[] {
  return [
    ...messages.map((message) => messageText(words, { message, audit: [] })),
    ...(refunds.length === 0 ? [] : [rows(words, refunds.map(LINES.refunds))]),
    ...(discrepancies.length === 0 ? [] : [rows(words, discrepancies.map(LINES.discrepancies))]),
    ...(audit.length === 0 ? [] : [rows(words, audit.map(auditLine))]),
  ];
}

/** A refund; one that cannot be read as it is stored. */
export function refundText(words: Words, answer: Answer<'show_refund'>): string {
  const { audit } = answer;
  const head =
    answer.unreadable === null
      ? rows(words, [LINES.refunds(answer.refund)])
      : unreadableRows(words, [answer.unreadable]).join('');
  return [head, ...(audit.length === 0 ? [] : [rows(words, audit.map(auditLine))])].join('\n');
}

/** The promotions of its payment; nothing where there are none. */
function promotionRows(words: Words, payment: Order['payment']): readonly string[] {
  const promotions = payment.state === 'paid' ? (payment.promotions ?? []) : [];
  if (promotions.length === 0) return [];
  const part = (amount: Fen | null) => (amount === null ? '' : yuan(amount));
  const lines = promotions.map(({ id, name, type, amount, borneBy }) => ({
    promotion: name ?? id,
    amount: yuan(amount),
    effect: type === null ? '' : words.promotion[type],
    'borne by WeChat': part(borneBy.wechat),
    'by the merchant': part(borneBy.merchant),
    'by others': part(borneBy.other),
  }));
  return [rows(words, lines)];
}

function paymentRow(one: ShownOrder['payments'][number]): Readonly<Record<string, string>> {
  const { acceptance } = one;
  return {
    name: one.name,
    amount: yuan(one.total),
    kind: one.as,
    refundable: yuan(one.refundable),
    who: acceptance === null ? '' : `${acceptance.state}: ${acceptance.who}`,
    actions: one.actions.join(' '),
  };
}

/** The envelope of the first delivery and its origin check; nothing where it came in none. */
function envelopeRows(words: Words, envelope: Envelope | null): readonly string[] {
  if (envelope === null) return [];
  const { id, eventType, serial, check } = envelope;
  const parts = {
    'origin check': check,
    event: eventType ?? '',
    'notification id': id ?? '',
    'key id': serial ?? '',
  };
  return [rows(words, [parts])];
}

/** A complete message: its state, its envelope, its history and its payload. */
export function messageText(words: Words, { message, audit }: Answer<'show_message'>): string {
  const head = {
    ...LINES.messages(message),
    reason:
      message.state === 'dead'
        ? message.reason
        : message.state === 'done'
          ? message.outcome
          : (message.lastError ?? ''),
    path: message.confirmedBy.join(' '),
  };
  const parts = [
    rows(words, [head]),
    ...envelopeRows(words, message.envelope),
    storyText(words, message.history),
    `${plain(message.raw)}\n`,
    ...(audit.length === 0 ? [] : [rows(words, audit.map(auditLine))]),
  ];
  return parts.join('\n');
}

/** A discrepancy and the actions on it. */
export function discrepancyText(
  words: Words,
  { discrepancy, payment, audit }: Answer<'show_discrepancy'>,
): string {
  return [
    rows(words, [LINES.discrepancies(discrepancy)]),
    ...(payment === null ? [] : [rows(words, [paymentRow(payment)])]),
    ...(audit.length === 0 ? [] : [rows(words, audit.map(auditLine))]),
  ].join('\n');
}

/** A day's run and the discrepancies its bill showed. */
export function runText(words: Words, { run, discrepancies, audit }: Answer<'show_run'>): string {
  return [
    rows(words, [
      { run: run.id, state: run.work.state, round: String(run.round), actions: run.actions.join(' ') },
    ]),
    storyText(words, run.history),
    pageText(words, discrepancies, LINES.discrepancies),
    ...(audit.length === 0 ? [] : [rows(words, audit.map(auditLine))]),
  ].join('\n');
}

function storyText(words: Words, history: readonly HistoryLine[]): string {
  return rows(
    words,
    history.map((one) => ({
      at: time(one.at),
      event: one.event,
      path: one.path,
      by: one.actor ?? '',
      evidence: one.evidence ?? '',
    })),
  );
}

/** A value on one line. */
function plain(value: Json | string): string {
  return (typeof value === 'string' ? value : JSON.stringify(value)).replace(/\s+/g, ' ');
}
