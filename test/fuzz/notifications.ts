import fc from 'fast-check';
import type { NewMessage } from '../../lib/model/message';
import { isInboxKey, keyOf, orderOf } from '../../lib/model/message';
import { CALLBACK_ERRCODE, MAX_NOTIFICATION_CHARS, receive } from '../../lib/inbox/receive';
import { systemTimers } from '../../lib/runtime/timers';
import { isPayableFen } from '../../lib/values/fen';
import { isOutRefundNo, isOutTradeNo, isSubMchId, isTransactionId } from '../../lib/values/ids';
import { isInstant } from '../../lib/values/instant';
import { notificationFor } from '../inbox/notifications';
import { rememberedLog } from '../inbox/stage';
import { order, START } from '../store/builders';
import { awkward, mutated, notJson } from './mutations';
import { check, pure } from './target';

const PAYMENT = notificationFor(order(1));
const REFUND = {
  returnCode: 'SUCCESS',
  outTradeNo: 'order-000001',
  outRefundNo: 'refund-000001',
  refundId: '50300000000000000000000001',
  transactionId: '4200000883202603011151153100',
  subMchId: '1900000109',
  refundStatus: 'SUCCESS',
  totalFee: 101,
  refundFee: 40,
  settlementRefundFee: 40,
  successTime: '2026-03-01 12:00:00',
};

const snake = (of: object): object =>
  Object.fromEntries(
    Object.entries(of).map(([key, value]) => [
      key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value as unknown,
    ]),
  );

const events = fc.oneof(
  { weight: 10, arbitrary: mutated([PAYMENT, REFUND, snake(PAYMENT), snake(REFUND)]) },
  { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 5 }) },
  { weight: 1, arbitrary: notJson },
  { weight: 1, arbitrary: awkward },
);

const sources = fc.oneof(
  { weight: 3, arbitrary: fc.constant('wx_paycallback') },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '',
      'wx_client',
      'wx_client,scf',
      'scf,wx_client',
      ' wx_client ',
      'wx_paycallback,wx_client',
      'wx_paycallback ',
      'WX_PAYCALLBACK',
      'wx_http',
      'wx_trigger',
    ),
  },
  { weight: 1, arbitrary: fc.string() },
);

/**
 * Checks that the stored message may be stored: of the right trust, under its own key, with valid
 * content only.
 */
function checkKept(message: NewMessage, source: string): void {
  const { content, key, trust, outTradeNo, raw } = message;
  check(trust === (source === 'wx_paycallback' ? 'platform' : 'unverified'), `trusts ${source}`);
  check(isInboxKey(key) && key === keyOf(content, trust), `a key of nothing: ${key}`);
  check(key.startsWith('unverified:') === (trust === 'unverified'), 'the key of another trust');
  check(
    outTradeNo === orderOf(content) && (outTradeNo === null || isOutTradeNo(outTradeNo)),
    'another order',
  );
  check(raw.length <= MAX_NOTIFICATION_CHARS, 'kept although too large');
  JSON.parse(raw);
  if (content.kind === 'payment') {
    const { payment } = content;
    check(
      isOutTradeNo(payment.outTradeNo) &&
        isTransactionId(payment.transactionId) &&
        isSubMchId(payment.subMchId) &&
        isPayableFen(payment.total) &&
        isInstant(payment.paidAt),
      'a payment that lacks something',
    );
  }
  if (content.kind === 'refund') check(isOutRefundNo(content.refund.outRefundNo), 'a refund of no number');
}

/** The callback, called with whatever there is by whomever there is. */
export const notifications = pure(
  'notifications',
  450,
  fc.record({ event: events, source: sources }),
  async ({ event, source }) => {
    const kept: NewMessage[] = [];
    const reply = await receive(
      {
        record: async (message) => {
          kept.push(message);
          return 'stored';
        },
        clock: { now: () => START },
        timers: systemTimers,
        log: rememberedLog(),
        ackBudgetMs: 2_500,
      },
      event,
      source,
    );
    check(kept.length === (reply.errcode === 0 ? 1 : 0), `${reply.errcode} with ${kept.length} kept`);
    check(Object.values<number>(CALLBACK_ERRCODE).includes(reply.errcode), 'an errcode nobody knows');
    const byClient = source.split(',').some((hop) => hop.trim() === 'wx_client');
    check(!byClient || reply.errcode === CALLBACK_ERRCODE.REFUSED, 'a client was heard');
    for (const message of kept) checkKept(message, source);
  },
);
