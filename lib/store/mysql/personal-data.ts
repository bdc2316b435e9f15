import { ERASED_PAYER, ERASED_RAW } from '../../model/erased';
import type { PersonalData } from '../ports/personal-port';
import { checkedLimit, pageOf, readCursor } from '../rows/cursor';
import { ORDER_COLUMNS, readOrders, readWholeOrders } from '../rows/order-rows';
import { placeColumns, placeOf } from '../rows/unreadable';
import type { Database } from './base/database';
import { ordersBy, WHOLE_ORDER_COLUMNS } from './orders/order-columns';

/** JSON's null, which MariaDB has no literal for. */
const JSON_NULL = `JSON_EXTRACT('null', '$')`;

/** Read only from the few orders of payers with the same end. */
const PAYER = `CASE WHEN JSON_VALID(terms) THEN JSON_UNQUOTE(JSON_EXTRACT(terms, '$.payer')) END`;

/** The personal data in MySQL. */
export function mysqlPersonalData(database: Database): PersonalData {
  return {
    ordersOf: async ({ payer, after, limit }) => {
      const { at, name } = readCursor(after);
      const rows = await database.rows(
        `SELECT ${WHOLE_ORDER_COLUMNS}, ${placeColumns('out_trade_no')} FROM ${ordersBy('orders_payer')}
         WHERE payer_tail = RIGHT(?1, 3) AND ${PAYER} = ?1 AND created_at <= ?2 AND (created_at, out_trade_no) < (?2, ?3)
         ORDER BY created_at DESC, out_trade_no DESC LIMIT ?4`,
        payer,
        at,
        name,
        checkedLimit(limit) + 1,
      );
      const page = pageOf(rows, limit, placeOf);
      return { ...page, items: readWholeOrders(page.items.map((row) => row.slice(0, -2))) };
    },
    ordersBefore: async ({ before, after, limit }) => {
      const { at, name } = readCursor(after, { at: 0, name: '' });
      const rows = await database.rows(
        `SELECT ${ORDER_COLUMNS}, ${placeColumns('out_trade_no')} FROM ${ordersBy('orders_personal')}
         WHERE erased_at IS NULL AND created_at < ?1 AND created_at >= ?2 AND (created_at, out_trade_no) > (?2, ?3)
         ORDER BY created_at, out_trade_no LIMIT ?4`,
        before,
        at,
        name,
        checkedLimit(limit) + 1,
      );
      const page = pageOf(rows, limit, placeOf);
      return { ...page, items: readOrders(page.items) };
    },
    eraseOrders: async (orders, at) => {
      if (orders.length === 0) return 0;
      return database.change(
        `UPDATE orders SET version = version + 1, erased_at = ?2, cart = 'null', prepay_body = NULL,
           fulfilment_calls = NULL, terms = JSON_SET(terms, '$.payer', ?3, '$.attach', ${JSON_NULL})
         WHERE (out_trade_no, version) IN (?1) AND erased_at IS NULL AND payment_state <> 'pending'
           AND fulfilment_state IN ('none', 'done', 'dead')`,
        orders.map(({ outTradeNo, version }) => [outTradeNo, version]),
        at,
        ERASED_PAYER,
      );
    },
    eraseMessages: async (numbers) => {
      if (numbers.length === 0) return 0;
      return database.change(
        `UPDATE inbox SET raw = ?2, content = CASE WHEN NOT JSON_VALID(content) THEN content
             WHEN JSON_UNQUOTE(JSON_EXTRACT(content, '$.kind')) = 'payment'
             THEN JSON_SET(content, '$.payment.payer', ${JSON_NULL}, '$.payment.bankType', ${JSON_NULL},
               '$.payment.attach', ${JSON_NULL}) ELSE content END
         WHERE out_trade_no IN (?1) AND raw <> ?2 AND (state = 'done' OR (state = 'dead' AND ending = 'operator'))
           AND NOT EXISTS (SELECT 1 FROM inbox_told t WHERE t.id = inbox.id)`,
        numbers,
        JSON.stringify(ERASED_RAW),
      );
    },
    eraseDiscrepancies: async (numbers) => {
      if (numbers.length === 0) return 0;
      return database.change(
        `UPDATE discrepancies SET finding = JSON_SET(finding, '$.ours', ?2, '$.theirs', ?2)
         WHERE out_trade_no IN (?1) AND class = 'payer_mismatch' AND is_resolved = 1 AND statement_run IS NULL
           AND CASE WHEN JSON_VALID(finding)
             THEN COALESCE(JSON_UNQUOTE(JSON_EXTRACT(finding, '$.ours')), '') <> ?2 ELSE FALSE END`,
        numbers,
        ERASED_PAYER,
      );
    },
  };
}
