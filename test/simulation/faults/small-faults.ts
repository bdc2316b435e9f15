import type { DeliberateFault } from './fault';
import { testNamed } from './fault';

/** Small changes that every test once let pass. */
export const SMALL_FAULTS: readonly DeliberateFault[] = [
  {
    name: 'let a refund be larger than one payment',
    guarantee: 'G6',
    file: 'lib/rules/refunds/reservation.ts',
    find: "  if (from.every(({ payment }) => amount > payment.total)) return refused('more_than_the_payment');\n",
    replace: '',
    caughtBy: testNamed('test/refunds/reservation.test.ts', 'is never more than one payment'),
  },
  {
    name: 'hand an order to the merchant although its claim may end before the hook does',
    guarantee: 'G4',
    file: 'lib/orders/fulfil.ts',
    find: 'MARGIN_MS) <= until;',
    replace: 'MARGIN_MS) <= Infinity;',
    caughtBy: testNamed('test/orders/fulfil.test.ts', 'whose claim may end before its hook would'),
  },
  {
    name: 'pull a delivery forward on CloudBase without raising its order’s version',
    guarantee: 'G4',
    file: 'lib/store/cloudbase/waits.ts',
    find: 'raise: { version: inc(1) },',
    replace: 'raise: {},',
    caughtBy: testNamed(
      'test/store/cloudbase/messages.test.ts',
      'is not undone by a settlement that was decided before',
    ),
  },
  {
    name: 'refuse a payer because a prepay order could not be noted',
    guarantee: 'G8',
    file: 'lib/orders/create.ts',
    find: '    .catch(() => false);\n  return { ok: true',
    replace: '    ;\n  return { ok: true',
    caughtBy: testNamed('test/orders/create.test.ts', 'that could not be noted is handed to the payer'),
  },
  {
    name: 'keep the leases of a claim that failed after it wrote them',
    guarantee: 'G9',
    file: 'lib/store/cloudbase/base/claims.ts',
    find: 'if (taken !== null || mayHaveLeased(error)) await giveBack(db, items, request, ids);',
    replace: '',
    caughtBy: testNamed('test/store/cloudbase/claims.test.ts', 'gives them back, and counts nothing'),
  },
  {
    name: 'let an unreadable document go dead on CloudBase under any claim',
    guarantee: 'G9',
    file: 'lib/store/cloudbase/base/claims.ts',
    find: '      [`${prefix}leaseToken`]: request.token,\n    });\n    try {\n      await modify(collection, ours, { ...items.deadFields',
    replace: '    });\n    try {\n      await modify(collection, ours, { ...items.deadFields',
    caughtBy: testNamed(
      'test/store/cloudbase/documents.test.ts',
      'goes dead under the token of its claim only: one that was repaired and claimed meanwhile stays',
    ),
  },
];
