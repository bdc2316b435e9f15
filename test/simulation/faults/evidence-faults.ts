import type { DeliberateFault } from './fault';
import { testNamed } from './fault';

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
];
