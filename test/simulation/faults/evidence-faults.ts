import type { DeliberateFault } from './fault';
import { rules, testNamed } from './fault';

const CONTRARY = 'test/orders/contrary-evidence.test.ts';

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
    caughtBy: testNamed(CONTRARY, 'the second order’s notification pays nothing'),
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
    find: 'const against = openRefunds.filter((one) => speaksAgainst(one) && isNew(one.receivedAt));',
    replace: 'const against = openRefunds.slice(0, 0);',
    caughtBy: rules('known_evidence'),
  },
  {
    name: 'hand over whatever is known by then',
    guarantee: 'G3',
    file: 'lib/orders/fulfil.ts',
    find: 'const reason = holdAtHandOver(order, openRefunds);',
    replace: 'const reason = null;',
    caughtBy: rules('known_evidence'),
  },
  {
    name: 'hand over an order that has changed since it was claimed',
    guarantee: 'G3',
    file: 'lib/orders/fulfil.ts',
    find: "  if (!begun) return { kind: 'return' };\n",
    replace: '',
    caughtBy: rules('known_evidence'),
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
    file: 'lib/rules/refund.ts',
    find: '  if (foreign !== null) return foreign;\n  if (!isPayableFen',
    replace: '  if (!isPayableFen',
    caughtBy: rules('refund_by_evidence', 'refunds_agree'),
  },
  {
    name: 'put a message off by its age when the store failed',
    guarantee: 'G9',
    file: 'lib/inbox/turn.ts',
    find: 'const most = Math.min(settings.backoff.firstMs, PUT_OFF_MS);',
    replace: 'const most = Math.min(settings.backoff.maxMs, Math.max(5_000, now - message.receivedAt));',
    caughtBy: rules('applied_in_time'),
  },
];
