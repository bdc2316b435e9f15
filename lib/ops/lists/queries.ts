import { settled } from '../people/list-audit';
import type { Discrepancy } from '../../model/discrepancy';
import { isInboxKey } from '../../model/message';
import { refundableOf } from '../../rules/refunds/reservation';
import { daySheet } from '../../statement/report/day-sheet';
import { discrepancyHeader, discrepancyRow } from '../../statement/report/discrepancy-sheet';
import { REPORT_WORDS } from '../../statement/report/words';
import { isStatementRunId } from '../../model/statement/statement-run-id';
import type { InboxMessage } from '../../model/message';
import type { Order } from '../../model/order';
import type { Refund } from '../../model/refund';
import type { Unreadable } from '../../model/unreadable';
import type { ListedPage as StoredPage, Page } from '../../store/requests';
import { csvFile, csvLines } from '../../values/sheet';
import type { OutTradeNo } from '../../values/ids';
import type { OpsOperations } from '../api';
import type { ListedPage, ListPage, WithActions } from './list-api';
import type { Person } from '../../model/operators/principal';
import type { OpsDeps } from '../deps';
import {
  discrepancyActions,
  messageActions,
  orderActions,
  refundActions,
  runActions,
} from '../allowed-actions';
import { paymentLines } from '../payments/payment-lines';
import { recorded } from '../record';
import { discrepancyDetail, goneBack, messageDetail, orderDetail, runLine, unreadableDetail } from './views';

type Params<Name extends keyof OpsOperations> = OpsOperations[Name]['params'];
type Answer<Name extends keyof OpsOperations> = OpsOperations[Name]['answer'];

/** Rows of a page by default. */
const ROWS = 50;

/** How many actions an item's timeline shows. */
const STORY_ACTIONS = 50;

/** Messages of one state, newest first, without their payload. */
export async function listMessages(
  { store, clock }: OpsDeps,
  by: Person,
  { only = null, after = null, limit = ROWS, ...asked }: Params<'list_messages'>,
): Promise<Answer<'list_messages'>> {
  const which = only === 'alone' ? { alone: true } : { trust: only };
  const page = await store.inbox.list({ ...asked, ...which, after, limit });
  const now = clock.now();
  return withActions(page, (message) => ({ ...message, actions: messageActions(message, by, now) }));
}

/** Refunds, newest first. */
export async function listRefunds(
  { store, payOutMerchants }: OpsDeps,
  by: Person,
  { state = null, after = null, limit = ROWS }: Params<'list_refunds'>,
): Promise<Answer<'list_refunds'>> {
  const page = await store.refunds.list({ state, after, limit });
  return withUnreadable(page, (refund) => ({
    ...refund,
    actions: refundActions(refund, by, payOutMerchants),
  }));
}

/** Discrepancies, latest seen first; carried over ones by when they open. */
export async function listDiscrepancies(
  { store, clock }: OpsDeps,
  by: Person,
  { state, class: discrepancyClass = null, after = null, limit = ROWS }: Params<'list_discrepancies'>,
): Promise<Answer<'list_discrepancies'>> {
  const now = clock.now();
  switch (state) {
    case 'open':
      return discrepancies(
        await store.discrepancies.listOpen({ now, class: discrepancyClass, after, limit }),
        by,
      );
    case 'resolved':
      return discrepancies(
        await store.discrepancies.listResolved({ class: discrepancyClass, after, limit }),
        by,
      );
    case 'carried_over':
      return discrepancies(
        await store.discrepancies.listCarriedOver({ now, class: discrepancyClass, after, limit }),
        by,
      );
  }
}

/** Runs, latest day first. */
export async function listRuns(
  { store }: OpsDeps,
  by: Person,
  { after = null, limit = ROWS }: Params<'list_runs'>,
): Promise<Answer<'list_runs'>> {
  const page = await store.statementRuns.list({ after, limit });
  return withUnreadable(page, (run) => ({ ...runLine(run), actions: runActions(run.work, by) }));
}

/** Showing the payer could not be recorded, so nothing is shown. */
export const NOT_RECORDED = 'not_recorded';

/**
 * An order with its whole timeline; one that cannot be read as it is stored, payers masked. Null
 * when there is none.
 */
export async function showOrder(
  deps: OpsDeps,
  by: Person,
  { outTradeNo, unmask = false }: Params<'show_order'>,
): Promise<Answer<'show_order'> | typeof NOT_RECORDED | null> {
  const { store } = deps;
  const [order] = await store.orders.find([outTradeNo]);
  if (order === undefined) {
    const unreadable = await store.orders.raw(outTradeNo);
    if (unreadable === null) return null;
    const { messages, refunds, ...rest } = await storyOf(deps, by, outTradeNo);
    return {
      ...rest,
      unreadable: unreadableDetail(unreadable),
      messages: messagesWithActions(deps, by, messages, false),
      refunds: refundsWithActions(deps, by, refunds),
    };
  }
  if (unmask && !(await recordedLook(deps, by, 'order', outTradeNo))) return NOT_RECORDED;
  const { messages, refunds, ...rest } = await storyOf(deps, by, outTradeNo);
  return {
    ...rest,
    unreadable: null,
    order: { ...orderDetail(order, unmask), actions: orderActions(order, by, refunds) },
    messages: messagesWithActions(deps, by, messages, unmask),
    refunds: refundsWithActions(deps, by, refunds),
    unreadableRefunds: await unreadableRefundsOf(deps, order, refunds),
    refundable: refundableOf(order),
    ...goneBack(order, refunds),
    payments: paymentLines(order, messages, by, deps.merchants),
  };
}

async function storyOf({ store }: OpsDeps, by: Person, outTradeNo: OutTradeNo) {
  const [messages, refunds, found, audit] = await Promise.all([
    store.inbox.ofOrder(outTradeNo),
    store.refunds.ofOrder(outTradeNo),
    store.discrepancies.ofOrder(outTradeNo),
    store.audit.list({ subject: outTradeNo, after: null, limit: STORY_ACTIONS }),
  ]);
  const discrepancies = found.map((one) => discrepancyWithActions(one, by));
  return { messages, refunds, discrepancies, audit: settled(audit.items) };
}

function messagesWithActions(
  { clock }: OpsDeps,
  by: Person,
  messages: readonly InboxMessage[],
  unmask: boolean,
): Answer<'show_order'>['messages'] {
  const now = clock.now();
  return messages.map((message) => ({
    ...messageDetail(message, unmask),
    actions: messageActions(message, by, now),
  }));
}

function refundsWithActions(
  { payOutMerchants }: OpsDeps,
  by: Person,
  refunds: readonly Refund[],
): readonly WithActions<Refund>[] {
  return refunds.map((refund) => ({ ...refund, actions: refundActions(refund, by, payOutMerchants) }));
}

/** The refunds an order reserves money for that cannot be read: `ofOrder` omits them. */
async function unreadableRefundsOf(
  { store }: OpsDeps,
  order: Order,
  read: readonly Refund[],
): Promise<readonly Unreadable[]> {
  const known = new Set<string>(read.map(({ outRefundNo }) => outRefundNo));
  const missed = order.refunds.map(({ outRefundNo }) => outRefundNo).filter((number) => !known.has(number));
  const raw = await Promise.all(missed.map((number) => store.refunds.raw(number)));
  return raw.flatMap((one) => (one === null ? [] : [unreadableDetail(one)]));
}

/** A refund; one that cannot be read as it is stored, payers masked. Null when there is none. */
export async function showRefund(
  deps: OpsDeps,
  by: Person,
  { outRefundNo }: Params<'show_refund'>,
): Promise<Answer<'show_refund'> | null> {
  const { store } = deps;
  const [refund] = await store.refunds.find([outRefundNo]);
  const unreadable = refund === undefined ? await store.refunds.raw(outRefundNo) : null;
  if (refund === undefined && unreadable === null) return null;
  const actions = await store.audit.list({ subject: outRefundNo, after: null, limit: STORY_ACTIONS });
  const audit = settled(actions.items);
  if (unreadable !== null) return { unreadable: unreadableDetail(unreadable), audit };
  const [shown] = refund === undefined ? [] : refundsWithActions(deps, by, [refund]);
  return shown === undefined ? null : { unreadable: null, refund: shown, audit };
}

/** A complete message. */
export async function showMessage(
  deps: OpsDeps,
  by: Person,
  { key, unmask = false }: Params<'show_message'>,
): Promise<Answer<'show_message'> | typeof NOT_RECORDED | null> {
  const message = await deps.store.inbox.find(key);
  if (message === null) return null;
  if (unmask && !(await recordedLook(deps, by, 'message', key))) return NOT_RECORDED;
  const audit = await deps.store.audit.list({ subject: key, after: null, limit: STORY_ACTIONS });
  return {
    message: { ...messageDetail(message, unmask), actions: messageActions(message, by, deps.clock.now()) },
    audit: settled(audit.items),
  };
}

/** A discrepancy and the actions on it. */
export async function showDiscrepancy(
  deps: OpsDeps,
  by: Person,
  { id }: Params<'show_discrepancy'>,
): Promise<Answer<'show_discrepancy'> | null> {
  const { store } = deps;
  const found = await store.discrepancies.find(id);
  if (found === null) return null;
  const [audit, payment, [notes = null]] = await Promise.all([
    store.audit.list({ subject: id, after: null, limit: STORY_ACTIONS }),
    paymentOf(deps, by, found),
    store.itemNotes.find([id]),
  ]);
  const discrepancy = discrepancyWithActions(found, by);
  return { discrepancy, payment, notes, audit: settled(audit.items) };
}

/** The payment an open discrepancy is about, with the allowed actions. */
async function paymentOf(
  { store, merchants }: OpsDeps,
  by: Person,
  { subject, resolution }: Discrepancy,
): Promise<Answer<'show_discrepancy'>['payment']> {
  if (subject.kind !== 'payment' || resolution !== null) return null;
  const { outTradeNo, transactionId } = subject;
  const key: string = `payment:${outTradeNo}:${transactionId}`;
  const [[order], message] = await Promise.all([
    store.orders.find([outTradeNo]),
    isInboxKey(key) ? store.inbox.find(key) : null,
  ]);
  if (order === undefined) return null;
  const lines = paymentLines(order, message === null ? [] : [message], by, merchants);
  return lines.find((line) => line.transactionId === transactionId) ?? null;
}

/** A day's run with the discrepancies its bill showed. */
export async function showRun(
  { store }: OpsDeps,
  by: Person,
  { id, after = null, limit = ROWS }: Params<'show_run'>,
): Promise<Answer<'show_run'> | null> {
  const run = isStatementRunId(id) ? await store.statementRuns.find(id) : null;
  if (run === null) return null;
  const [page, audit] = await Promise.all([
    store.discrepancies.listOfRun({ run: run.id, after, limit }),
    store.audit.list({ subject: id, after: null, limit: STORY_ACTIONS }),
  ]);
  return {
    run: { ...run, lease: null, actions: runActions(run.work, by) },
    discrepancies: discrepancies(page, by),
    audit: settled(audit.items),
  };
}

/** A day's run as CSV, in Chinese unless asked otherwise. Null when there is none. */
export async function exportRun(
  { store, clock }: OpsDeps,
  { id, part, language = 'zh', after = null, limit = ROWS }: Params<'export_run'>,
): Promise<Answer<'export_run'> | null> {
  const run = isStatementRunId(id) ? await store.statementRuns.find(id) : null;
  if (run === null) return null;
  const words = REPORT_WORDS[language];
  if (part === 'report') return { csv: csvFile(daySheet(words, run)), next: null };
  const { items, next } = await store.discrepancies.listOfRun({ run: run.id, after, limit });
  const now = clock.now();
  const rows = items.map((one) => discrepancyRow(words, run, discrepancyDetail(one), now));
  const csv = after === null ? csvFile([discrepancyHeader(words), ...rows]) : csvLines(rows);
  return { csv, next };
}

function recordedLook(deps: OpsDeps, by: Person, kind: 'order' | 'message', name: string): Promise<boolean> {
  return recorded(deps, by, 'unmask_payer', { kind, name }, null, async () => ({
    ok: true,
    before: null,
    after: null,
    changed: null,
  })).then(({ ok }) => ok);
}

function discrepancies(page: StoredPage<Discrepancy>, by: Person): ListedPage<Discrepancy> {
  return withUnreadable(page, (one) => discrepancyWithActions(one, by));
}

function discrepancyWithActions(one: Discrepancy, by: Person): WithActions<Discrepancy> {
  return { ...discrepancyDetail(one), actions: discrepancyActions(one, by) };
}

function withActions<From, To>(page: Page<From>, map: (item: From) => WithActions<To>): ListPage<To> {
  return { items: page.items.map(map), next: page.next };
}

/** The same, with what cannot be read, payers masked. */
function withUnreadable<From, To>(
  page: StoredPage<From>,
  map: (item: From) => WithActions<To>,
): ListedPage<To> {
  return { ...withActions(page, map), unreadable: page.unreadable.map(unreadableDetail) };
}
