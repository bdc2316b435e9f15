import { ERASED_PAYER, ERASED_RAW } from '../../model/erased';
import type { OutTradeNo } from '../../values/ids';
import type { PersonalData } from '../ports/personal-port';
import { PAYER_TAIL } from '../requests';
import { modify, type Database } from './base/database';
import type { Report } from './base/documents';
import { inParallel } from './base/in-parallel';
import { requireAtMost1000 } from './base/limits';
import { readPage } from './base/pages';
import { ORDER_FIELDS, readOrder, readWholeOrder } from './orders/order-document';
import type { CollectionName } from './schema';

const ORDERS: CollectionName = 'wxpay_orders';
const INBOX: CollectionName = 'wxpay_inbox';
const DISCREPANCIES: CollectionName = 'wxpay_discrepancies';

/** The personal data of a Store on CloudBase. */
export function personalDataOn(db: Database, report: Report): PersonalData {
  const { and, in: oneOf, inc, neq, or } = db.command;
  return {
    ordersOf: ({ payer, after, limit }) =>
      readPage(db, report, {
        collection: ORDERS,
        having: { payer },
        sortedBy: 'createdAt',
        read: readWholeOrder,
        after,
        limit,
      }),
    ordersBefore: ({ before, after, limit }) =>
      readPage(db, report, {
        collection: ORDERS,
        // True of a document without the field, too.
        having: { erasedAt: null },
        span: { from: 0, to: before },
        sortedBy: 'createdAt',
        direction: 'asc',
        fields: ORDER_FIELDS,
        read: readOrder,
        after,
        limit,
      }),
    async eraseOrders(orders, at) {
      requireAtMost1000(orders.length, 'orders');
      const byVersion = new Map<number, OutTradeNo[]>();
      for (const { outTradeNo, version } of orders) {
        byVersion.set(version, [...(byVersion.get(version) ?? []), outTradeNo]);
      }
      const erased = await inParallel([...byVersion], ([version, numbers]) =>
        modify(
          ORDERS,
          db.collection(ORDERS).where({
            _id: oneOf(numbers),
            version,
            erasedAt: null,
            'payment.state': oneOf(['paid', 'closed', 'failed']),
            'fulfilment.state': oneOf(['none', 'done', 'dead']),
          }),
          {
            version: inc(1),
            erasedAt: at,
            payer: ERASED_PAYER,
            payerTail: ERASED_PAYER.slice(-PAYER_TAIL),
            attach: null,
            cart: 'null',
            prepayBody: null,
            calls: null,
          },
        ),
      );
      return erased.reduce((sum, one) => sum + one, 0);
    },
    async eraseMessages(numbers) {
      requireAtMost1000(numbers.length, 'order numbers');
      if (numbers.length === 0) return 0;
      const ended = { outTradeNo: oneOf([...numbers]), redelivered: neq(true), raw: neq(ERASED_RAW) };
      const among = or({ ...ended, state: 'done' }, { ...ended, state: 'dead', reason: 'operator' });
      const payments = await modify(
        INBOX,
        db.collection(INBOX).where(and(among, { 'content.kind': 'payment' })),
        {
          'content.payment.payer': null,
          'content.payment.bankType': null,
          'content.payment.attach': null,
          raw: ERASED_RAW,
        },
      );
      return payments + (await modify(INBOX, db.collection(INBOX).where(among), { raw: ERASED_RAW }));
    },
    async eraseDiscrepancies(numbers) {
      requireAtMost1000(numbers.length, 'order numbers');
      if (numbers.length === 0) return 0;
      const erased = JSON.stringify(ERASED_PAYER);
      const resolved = db.collection(DISCREPANCIES).where({
        outTradeNo: oneOf([...numbers]),
        class: 'payer_mismatch',
        unresolved: false,
        statementRun: null,
        ours: neq(erased),
      });
      return modify(DISCREPANCIES, resolved, { ours: erased, theirs: erased });
    },
  };
}
