import type { V3Party } from '../../config/v3-party';
import { stopwatch } from '../../runtime/stopwatch';
import { within } from '../../runtime/timers';
import type { SubMchId } from '../../values/ids';
import type {
  BillAnswer,
  BillRequest,
  CloseAnswer,
  OrderAnswer,
  OrderQuestion,
  PayOutAnswer,
  PayOutRequest,
  PrepayAnswer,
  PrepayRequest,
  RefundAnswer,
  RefundQuestion,
  RefundRequest,
  RefundStatusAnswer,
  UnknownAnswer,
  WeChatPay,
} from '../port';
import { unknown, verdict } from './answer';
import * as answers from './answers';
import { billPlace, checkBill } from './bill-file';
import { createClient, type ClientDeps, type Remaining } from './client';
import type { V3Keys } from './keys/keys';
import { paymentParameters } from './payment-parameters';
import * as refusals from './refusals';
import * as requests from './requests';

/** One merchant on API v3. */
export interface V3Settings {
  readonly party: V3Party;
  readonly keys: V3Keys;
  /** Base addresses, the backup last, without a final slash: `https://api.mch.weixin.qq.com`. */
  readonly hosts: readonly [string, ...string[]];
  readonly notifyUrls: { readonly pay: string; readonly refund: string };
  /**
   * Time limit of one call of the port, retries included, in ms; 10,000 when absent. A bill gets at
   * least 25,000.
   */
  readonly callMs?: number;
}

/** What the adapter needs besides its settings. */
export type V3Deps = ClientDeps;

/** Time limit of one call of the port, in ms. */
const CALL_MS = 10_000;

/**
 * Time limit of downloading a bill, in ms: a million trades are some 60 MB compressed. A statement
 * run leaves this much for a download.
 */
const BILL_MS = 25_000;

/**
 * The part of a call's time that a refund or a close may take; the rest is for the query that
 * follows it.
 */
const SHARE_OF_REQUEST = 0.6;

/** The most bytes of a bill's file. A million trades take 300 MB uncompressed. */
const MOST_BILL_BYTES = 512 * 2 ** 20;

/**
 * WeChat Pay through API v3, for one merchant. Every method resolves within the time limit, however
 * the transport behaves.
 *
 *   unifiedOrder   the kept body, byte for byte; then the parameters to pay with, signed here
 *   queryOrder     by order number
 *   closeOrder     the close, then a query: API v3 answers 204 for numbers it does not know
 *   refund         the request; after any answer but 200 a query by number, before anything else
 *   queryRefund    by refund number
 *   payOutRefund   a query for state and refund ID, then the request
 *   downloadBill   the place, then the file, whose hash is checked
 *
 * Failure policy: fail closed. Only a success that WeChat Pay has signed and that names this
 * merchant, order or refund is believed.
 */
export function createV3(deps: V3Deps, settings: V3Settings): WeChatPay {
  const { party, keys, hosts, notifyUrls } = settings;
  const callMs = settings.callMs ?? CALL_MS;
  const client = createClient(deps, { keys, hosts });
  const collector = party.mode === 'direct' ? party.mchId : party.subMchId;
  const prepayBody = (draft: Parameters<WeChatPay['prepayBody']>[0]): string =>
    requests.prepayBodyOf(party, notifyUrls.pay, draft);

  /** Runs one call of the port within its time. A question about another merchant is not asked. */
  async function call<Answer>(
    asked: { readonly subMchId: SubMchId },
    work: (remaining: Remaining) => Promise<Answer>,
    limitMs = callMs,
  ): Promise<Answer | UnknownAnswer> {
    if (asked.subMchId !== collector) return unknown('unreadable', 'another merchant number than ours');
    const elapsed = stopwatch(deps.clock);
    const ended = await within(deps.timers, limitMs, () => work(() => Math.max(0, limitMs - elapsed())));
    switch (ended.kind) {
      case 'value':
        return ended.value;
      case 'timeout':
        return unknown('transport', `no answer within ${limitMs} ms`);
      case 'error':
        return unknown('transport', 'the call could not be made');
    }
  }

  async function unifiedOrder(request: PrepayRequest, remaining: Remaining): Promise<PrepayAnswer> {
    const body = request.keptBody ?? prepayBody(request);
    const kept = requests.readPrepayBody(body, party, request);
    if (kept.kind === 'foreign') {
      return { kind: 'refused', code: 'other', detail: `the kept request does not fit: ${kept.why}` };
    }
    const { outTradeNo } = request;
    const said = await client.ask(
      {
        ...{ name: 'prepay', group: 'prepay', method: 'POST', again: 'always' },
        path: requests.prepayPath(party),
        body: Buffer.from(body),
        outTradeNo,
      },
      remaining,
    );
    if (said.kind === 'unknown') return said;
    if (said.kind === 'declined') return verdict(said.declined, refusals.prepayMeaning(said.declined));
    const prepayId = answers.readPrepayId(said.body);
    if (prepayId === null) return unknown('unreadable', 'prepaid, but without a prepay_id');
    const at = { seconds: Math.floor(deps.clock.now() / 1000), nonce: deps.nonce() };
    return { kind: 'prepaid', prepayId, payment: paymentParameters(keys, kept.appId, prepayId, at) };
  }

  async function queryOrder(question: OrderQuestion, remaining: Remaining): Promise<OrderAnswer> {
    const said = await client.ask(
      {
        ...{ name: 'query', group: 'query', method: 'GET', again: 'always' },
        path: requests.orderPath(party, question),
        body: null,
        outTradeNo: question.outTradeNo,
      },
      remaining,
    );
    if (said.kind === 'unknown') return said;
    if (said.kind === 'said') return answers.readOrder(said.body, party, question);
    const means = refusals.orderMeaning(said.declined);
    if (means !== 'no_such_order') return verdict(said.declined, means);
    return said.declined.signed ? { kind: 'no_such_order' } : unsigned();
  }

  async function closeOrder(question: OrderQuestion, remaining: Remaining): Promise<CloseAnswer> {
    const { path, body } = requests.closeRequest(party, question);
    const said = await client.ask(
      {
        ...{ name: 'close', group: 'close', method: 'POST', again: 'always' },
        path,
        body: Buffer.from(body),
        outTradeNo: question.outTradeNo,
      },
      () => Math.max(0, remaining() - callMs * (1 - SHARE_OF_REQUEST)),
    );
    if (said.kind === 'declined') {
      const means = refusals.closeMeaning(said.declined);
      if (means !== 'look') return verdict(said.declined, means);
    }
    return answers.closeOf(await queryOrder(question, remaining), said);
  }

  async function refund(request: RefundRequest, remaining: Remaining): Promise<RefundAnswer> {
    const said = await client.ask(
      {
        // Sent again only when it never left: otherwise the query comes first.
        ...{ name: 'refund', group: 'refund', method: 'POST', again: 'unsent' },
        path: requests.REFUNDS_PATH,
        body: Buffer.from(requests.refundBody(party, notifyUrls.refund, request)),
        outTradeNo: request.outTradeNo,
      },
      () => Math.max(0, remaining() - callMs * (1 - SHARE_OF_REQUEST)),
    );
    const answer = answers.readRefundAnswer(said, request);
    if (answer.kind === 'accepted') return answer;
    const standing = await queryRefund(request, remaining);
    return standing.kind === 'refund' ? answers.acceptedBefore(standing, request) : answer;
  }

  async function queryRefund(
    question: RefundQuestion & { readonly outTradeNo?: OrderQuestion['outTradeNo'] },
    remaining: Remaining,
  ): Promise<RefundStatusAnswer> {
    const said = await client.ask(
      {
        ...{ name: 'refund_query', group: 'refund_query', method: 'GET', again: 'always' },
        path: requests.refundPath(party, question),
        body: null,
        outTradeNo: question.outTradeNo ?? null,
      },
      remaining,
    );
    if (said.kind === 'unknown') return said;
    if (said.kind === 'said') return answers.readRefundStatus(said.body, question);
    const means = refusals.refundQueryMeaning(said.declined);
    if (means !== 'no_such_refund') return verdict(said.declined, means);
    return said.declined.signed ? { kind: 'no_such_refund' } : unsigned();
  }

  async function payOutRefund(request: PayOutRequest, remaining: Remaining): Promise<PayOutAnswer> {
    const standing = await queryRefund(request, () => Math.max(0, remaining() - callMs * SHARE_OF_REQUEST));
    if (standing.kind === 'unknown') return { ...standing, kind: 'not_asked' };
    if (standing.kind !== 'refund') return standing;
    const { state, refundId } = standing;
    if (state !== 'abnormal') return { kind: 'not_abnormal', state };
    if (refundId === null) {
      return { kind: 'not_asked', reason: 'unreadable', detail: 'abnormal, but without its number' };
    }
    const { path, body } = requests.payOutRequest(party, request, refundId);
    const said = await client.ask(
      {
        // Who asks again queries first.
        ...{ name: 'refund_pay_out', group: 'refund', method: 'POST', again: 'unsent', namesKey: true },
        path,
        body: Buffer.from(body),
        outTradeNo: request.outTradeNo,
      },
      remaining,
    );
    return answers.readPayOut(said, request);
  }

  /** Where a bill is asked for, or why it is not. */
  function billPathOf(request: BillRequest): string | BillAnswer {
    if (request.type === 'RECHARGE_REFUND') {
      return { kind: 'refused', code: 'bad_request', detail: 'API v3 has no bill of recharge refunds' };
    }
    if (request.type !== 'FUND_FLOW') return requests.billPath(party, request, request.type);
    // A provider's request would be answered about the provider's own account.
    return party.mode === 'direct'
      ? requests.fundFlowPath(request)
      : { kind: 'not_offered', detail: 'a service provider has fund-flow bills of its own account only' };
  }

  async function downloadBill(request: BillRequest, remaining: Remaining): Promise<BillAnswer> {
    const path = billPathOf(request);
    if (typeof path !== 'string') return path;
    const said = await client.ask(
      {
        ...{ name: 'bill', group: 'bill', method: 'GET', again: 'always' },
        path,
        body: null,
        outTradeNo: null,
      },
      remaining,
    );
    if (said.kind === 'unknown') return said;
    if (said.kind === 'declined') return answers.readNoBill(said.declined);
    const place = billPlace(said.body, hosts);
    if (place === null) return unknown('unverified', 'the bill’s address or hash is not one of WeChat Pay’s');
    const file = await client.fetch(place.url, MOST_BILL_BYTES, remaining);
    if (file.kind === 'unknown') return file;
    if (file.kind === 'status') return unknown('system', `HTTP ${file.status} instead of the bill`);
    return answers.readBill(file.bytes, await checkBill(file.bytes, place.sha1, remaining));
  }

  return {
    prepayBody,
    unifiedOrder: (request) => call(request, (remaining) => unifiedOrder(request, remaining)),
    queryOrder: (question) => call(question, (remaining) => queryOrder(question, remaining)),
    closeOrder: (question) => call(question, (remaining) => closeOrder(question, remaining)),
    refund: (request) => call(request, (remaining) => refund(request, remaining)),
    queryRefund: (question) => call(question, (remaining) => queryRefund(question, remaining)),
    payOutRefund: (request) => call(request, (remaining) => payOutRefund(request, remaining)),
    downloadBill: (request) =>
      call(request, (remaining) => downloadBill(request, remaining), Math.max(callMs, BILL_MS)),
  };
}

function unsigned(): UnknownAnswer {
  return unknown('unverified', 'a refusal without a signature ends nothing');
}
