import type { DeliberateFault } from './fault';
import { rules, testNamed } from './fault';

const CONTRARY = 'test/orders/contrary-evidence.test.ts';
const DOUBT = 'test/inbox/v3-refund-in-doubt.test.ts';
const ODD = 'test/orders/odd-refunds.test.ts';

/** Mistakes with what is known against an order, and with many facts of one order. */
export const EVIDENCE_FAULTS: readonly DeliberateFault[] = [
  {
    name: 'hand over while a refund message is not applied',
    guarantee: 'G3',
    file: 'lib/rules/hold.ts',
    find: "  if (against.some(({ told }) => told !== 'unreadable')) return 'refund_message_open';\n",
    replace: '',
    caughtBy: testNamed(CONTRARY, 'while a refund message that could not be applied is dead'),
  },
  {
    name: 'forget whose a transaction is',
    guarantee: 'G6',
    file: 'lib/store/sqlite/orders/order-change.ts',
    find: '      take.run(transactionId, outTradeNo);\n',
    replace: '',
    caughtBy: testNamed('test/orders/transactions.test.ts', 'the second order’s notification pays nothing'),
  },
  {
    name: 'decide each fact of an order as if it were the first',
    guarantee: 'G8',
    file: 'lib/inbox/sequence.ts',
    find: '    if (order !== null && change !== null) order = changedBy(order, change);\n',
    replace: '',
    caughtBy: testNamed(CONTRARY, 'fifty refund messages at once take one run'),
  },
  {
    name: 'know of no refund message that is open',
    guarantee: 'G3',
    file: 'lib/rules/hold.ts',
    find: 'const against = openRefunds.filter((one) => speaksAgainst(one) && isAfter(one.receivedAt, releasedAt));',
    replace: 'const against = openRefunds.slice(0, 0);',
    caughtBy: rules('known_evidence'),
  },
  {
    name: 'hand over whatever is known by then',
    guarantee: 'G3',
    file: 'lib/orders/fulfil.ts',
    find: 'const reason = holdAtHandOver(order, { open, refunds });',
    replace: 'const reason = null;',
    caughtBy: rules('known_evidence'),
  },
  {
    name: 'hand over an order that has changed since it was claimed',
    guarantee: 'G3',
    file: 'lib/orders/fulfil.ts',
    find: "  if (!begun) return { kind: 'return' };\n",
    replace: '',
    caughtBy: testNamed('test/orders/hand-over.test.ts', 'is respected by the hand-over'),
  },
  {
    name: 'let a transaction pay two orders',
    guarantee: 'G6',
    file: 'test/simulation/model/settle.ts',
    find: 'return owner === outTradeNo;',
    replace: 'return true;',
    caughtBy: rules('paid_by_evidence', 'no_false_alarm'),
  },
  {
    name: 'take over a refund of a payment that is none of the order’s',
    guarantee: 'G6',
    file: 'lib/rules/refunds/take-over-refund.ts',
    find: ' ??\n    foreignTransaction(order, null, fact, now);',
    replace: ';',
    caughtBy: rules('refund_by_evidence', 'refunds_agree'),
  },
  {
    name: 'put a message off by its age when the store failed',
    guarantee: 'G9',
    file: 'lib/inbox/verdict.ts',
    find: 'const most = Math.min(settings.backoff.firstMs, PUT_OFF_MS);',
    replace: 'const most = Math.min(settings.backoff.maxMs, Math.max(5_000, now - message.receivedAt));',
    // No history in 2,000 has a store that fails for long just when a message is minutes old.
    caughtBy: testNamed('test/inbox/outage.test.ts', 'takes a message again within seconds'),
  },
  {
    name: 'hand over although WeChat Pay said REFUND',
    guarantee: 'G3',
    file: 'lib/rules/hold.ts',
    find: "return isSaid && !isRefundOnBooks(order, refunds) ? 'refund_sum_unknown' : null;",
    replace: "return isSaid && refunds.length > 1e9 ? 'refund_sum_unknown' : null;",
    caughtBy: rules('known_evidence'),
  },
  {
    name: 'forget that WeChat Pay said REFUND',
    guarantee: 'G3',
    file: 'lib/inbox/refund-said.ts',
    find: "if (answer.kind !== 'paid_then_refunded' || refundSaidAt !== undefined) return;",
    replace: 'if (refundSaidAt === undefined) return;',
    caughtBy: rules('known_evidence'),
  },
  {
    name: 'hand over before the refunds of a statement are known',
    guarantee: 'G3',
    file: 'lib/rules/hold.ts',
    find: "  if (isStated) return 'statement_refunds_pending';\n",
    replace: '',
    caughtBy: testNamed(CONTRARY, 'when the statement that shows the payment shows its refund further on'),
  },
  {
    name: 'name an open refund message before the refunds of the statement',
    guarantee: 'G3',
    file: 'lib/rules/hold.ts',
    find: "  if (isStated) return 'statement_refunds_pending';\n",
    replace: "  if (isStated && openRefunds.length === 0) return 'statement_refunds_pending';\n",
    caughtBy: testNamed(
      CONTRARY,
      'when a part came back first by a message, and the statement shows the rest',
    ),
  },
  {
    name: 'not wake the refund messages that a payment was missing for',
    guarantee: 'G9',
    file: 'lib/inbox/process.ts',
    find: 'const waiting = await claimWaiting(deps, token, claimed, known);',
    replace: 'const waiting = (await claimWaiting(deps, token, claimed, known)).slice(0, 0);',
    caughtBy: testNamed(CONTRARY, 'a payment wakes all that waited for it'),
  },
  {
    name: 'end a delivery because its money is reserved for refunds',
    guarantee: 'G3',
    file: 'lib/rules/refunds/reservation.ts',
    find: 'refunds: order.refunds.filter((one) => hasSucceeded(one, refunds)) });',
    replace: 'refunds: order.refunds.slice(refunds.length > 1e9 ? 1 : 0) });',
    caughtBy: testNamed(
      'test/orders/refund-unfinished.test.ts',
      'that broke off before it existed holds the delivery, visibly',
    ),
  },
  {
    name: 'hand over while a refund of all the money is unfinished',
    guarantee: 'G3',
    file: 'lib/rules/hold.ts',
    find: "  if (isReservedInFull(order) && isUnfinished(order, refunds, releasedAt)) return 'refund_unfinished';\n",
    replace: '',
    caughtBy: rules('known_evidence'),
  },
  {
    name: 'never end the hold of a refund that was closed',
    guarantee: 'G3',
    file: 'lib/orders/review-holds.ts',
    find: '  const still = holdAtHandOver(order, known);\n',
    replace:
      "  if (fulfilment.reason === 'refund_unfinished') return false;\n  const still = holdAtHandOver(order, known);\n",
    caughtBy: rules('held_for_a_reason'),
  },
  {
    name: 'look for refund messages only after fulfilment has started',
    guarantee: 'G3',
    file: 'lib/orders/fulfil.ts',
    find: `  const begun = await store.orders.beginFulfilment(token, now, outTradeNo, version);
  if (!begun) return { kind: 'return' };
  // The host may have stood still before the answer came: what was read is old, and the lease over.
  if (later(deps.clock.now(), settings.timeoutMs) > until) return { kind: 'return' };
  const reason = holdAtHandOver(order, { open, refunds });`,
    replace: `  const [begun, late] = await Promise.all([
    store.orders.beginFulfilment(token, now, outTradeNo, version),
    store.inbox.openRefunds([outTradeNo]),
  ]);
  if (!begun) return { kind: 'return' };
  // The host may have stood still before the answer came: what was read is old, and the lease over.
  if (later(deps.clock.now(), settings.timeoutMs) > until) return { kind: 'return' };
  const reason = holdAtHandOver(order, { open: late, refunds });`,
    caughtBy: testNamed('test/orders/hand-over.test.ts', 'applied just as the hand-over starts is seen'),
  },
  {
    name: 'take a later word of a closed refund that gives no state for none',
    guarantee: 'G3',
    file: 'lib/rules/refunds/paid-out-after-close.ts',
    find: "return progress.state === 'closed' && heardAt > progress.knownAt;",
    replace: "return progress.state === 'closed' && heardAt > progress.knownAt + 1e15;",
    caughtBy: testNamed(ODD, 'holds its order'),
  },
  {
    name: 'hold nothing for a refund without a readable number',
    guarantee: 'G3',
    file: 'lib/model/message.ts',
    find: '? `refund:unreadable:${content.digest}`',
    replace: '? `unusable:${content.digest}`',
    caughtBy: testNamed(ODD, 'holds the order that it names'),
  },
  {
    name: 'hold an order for a dead message although its refund has ended',
    guarantee: 'G3',
    file: 'lib/orders/review-holds.ts',
    find: '  await reviveExplained(deps, order, ofOrder, known.ended, now);\n',
    replace: '',
    caughtBy: testNamed(ODD, 'until the end of its refund is believed'),
  },
  {
    name: 'let a refund that names no order go dead before its payment comes',
    guarantee: 'G9',
    file: 'lib/rules/refunds/take-over-refund.ts',
    find: "('order_never_appeared', detail) };",
    replace: "('order_never_appeared', detail) }.inTheEnd;",
    caughtBy: testNamed(CONTRARY, 'is decided together with the payment that it names'),
  },
  {
    name: 'believe a bill that does not add up before it was downloaded again',
    guarantee: 'G8',
    file: 'lib/statement/run/download.ts',
    find: 'return !WRONG_IN_ITSELF.has(code);',
    replace: "return code !== 'totals_mismatch' && !WRONG_IN_ITSELF.has(code);",
    caughtBy: testNamed('test/statement/runs/download.test.ts', 'is downloaded again before it is believed'),
  },
  {
    name: 'hold nothing for a refund that WeChat Pay states in two ways',
    guarantee: 'G3',
    file: 'lib/inbox/v3/v3-envelope.ts',
    find: 'isPlain: isOfRefund(content), isJson };',
    replace: 'isPlain: false, isJson };',
    caughtBy: testNamed(DOUBT, 'is believed to be of its order, and holds it'),
  },
  {
    name: 'believe a refund’s resource whatever its event says',
    guarantee: 'G3',
    file: 'lib/inbox/v3/v3-envelope.ts',
    find: 'return contradictsEvent(eventType, content) ? inDoubt(content) : content;',
    replace: 'return content;',
    caughtBy: testNamed(DOUBT, 'is believed to be of its order, and holds it'),
  },
  {
    name: 'take a second word without a state about a refund that was closed since for a repeat',
    guarantee: 'G11',
    file: 'lib/inbox/redelivered.ts',
    find: '(isNews && raw !== message.raw)',
    replace: '(isNews && raw === null)',
    caughtBy: testNamed(ODD, 'holds its order, though the first was'),
  },
  {
    name: 'never decide a third content of one fact',
    guarantee: 'G11',
    file: 'lib/inbox/hear.ts',
    find: 'const isTaken = first === of || (there !== null && contradicts(there.content, content));',
    replace: 'const isTaken = first === of && contradicts(there?.content ?? content, content);',
    caughtBy: testNamed('test/inbox/hear.test.ts', 'with a third amount'),
  },
];
