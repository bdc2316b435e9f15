import { ERASED_PAYER, ERASED_RAW } from '../../model/erased';
import type { PersonalData } from '../ports/personal-port';
import { checkedLimit, pageOf, readCursor } from '../rows/cursor';
import { ORDER_COLUMNS, readOrders, readWholeOrders, WHOLE_ORDER_COLUMNS } from '../rows/order-rows';
import { placeColumns, placeOf } from '../rows/unreadable';
import type { Connection } from './base/connection';
import type { GroupCommit } from './commits/group-commit';
import { PAYER_TAIL_OF_TERMS } from './migrations/0030-looking-up-orders';

/** Read only from the few orders of payers with the same end. */
const PAYER = `CASE WHEN json_valid(terms) THEN terms ->> '$.payer' END`;

/** The personal data in SQLite. */
export function sqlitePersonalData(connection: Connection, commits: GroupCommit): PersonalData {
  const ofPayer = connection.prepare(
    `SELECT ${WHOLE_ORDER_COLUMNS}, ${placeColumns('out_trade_no')}
     FROM orders INDEXED BY orders_payer LEFT JOIN order_marks USING (id)
     WHERE ${PAYER_TAIL_OF_TERMS} = substr(?1, -3) AND ${PAYER} = ?1 AND created_at <= ?2 AND (created_at, out_trade_no) < (?2, ?3)
     ORDER BY created_at DESC, out_trade_no DESC LIMIT ?4`,
  );
  const before = connection.prepare(
    `SELECT ${ORDER_COLUMNS}, ${placeColumns('out_trade_no')}
     FROM orders INDEXED BY orders_personal LEFT JOIN order_marks USING (id)
     WHERE erased_at IS NULL AND created_at < ?1 AND created_at >= ?2 AND (created_at, out_trade_no) > (?2, ?3)
     ORDER BY created_at, out_trade_no LIMIT ?4`,
  );
  const eraseOrder = connection.prepare(
    `UPDATE orders SET version = version + 1, erased_at = ?3, cart = 'null', prepay_body = NULL, fulfilment_calls = NULL,
       terms = json_remove(json_set(terms, '$.payer', ?4, '$.attach', NULL), '$.cart')
     WHERE out_trade_no = ?1 AND version = ?2 AND erased_at IS NULL AND payment_state <> 'pending'
       AND fulfilment_state IN ('none', 'done', 'dead')`,
  );
  // The plain text of a message is a JSON text.
  const eraseMessages = connection.prepare(
    `UPDATE inbox_payload SET raw = ?2, content =
       CASE WHEN json_valid(content) AND content ->> '$.kind' = 'payment'
         THEN json_set(content, '$.payment.payer', NULL, '$.payment.bankType', NULL, '$.payment.attach', NULL)
         ELSE content END
     WHERE raw <> ?2 AND id IN (
       SELECT i.id FROM inbox i WHERE i.out_trade_no IN (SELECT value FROM json_each(?1))
         AND (i.state = 'done' OR (i.state = 'dead' AND i.ending = 'operator'))
         AND NOT EXISTS (SELECT 1 FROM inbox_told t WHERE t.id = i.id))`,
  );
  const eraseDiscrepancies = connection.prepare(
    `UPDATE discrepancies SET finding = json_set(finding, '$.ours', ?2, '$.theirs', ?2)
     WHERE out_trade_no IN (SELECT value FROM json_each(?1)) AND class = 'payer_mismatch'
       AND resolution IS NOT NULL AND json_valid(finding)
       AND finding ->> '$.statementRun' IS NULL AND finding ->> '$.ours' IS NOT ?2`,
  );
  return {
    ordersOf: async ({ payer, after, limit }) => {
      const { at, name } = readCursor(after);
      const page = pageOf(ofPayer.all(payer, at, name, checkedLimit(limit) + 1), limit, placeOf);
      return { ...page, items: readWholeOrders(page.items.map((row) => row.slice(0, -2))) };
    },
    ordersBefore: async ({ before: end, after, limit }) => {
      const { at, name } = readCursor(after, { at: 0, name: '' });
      const page = pageOf(before.all(end, at, name, checkedLimit(limit) + 1), limit, placeOf);
      return { ...page, items: readOrders(page.items) };
    },
    eraseOrders: async (orders, at) =>
      commits.write(() =>
        orders.reduce(
          (sum, { outTradeNo, version }) => sum + eraseOrder.run(outTradeNo, version, at, ERASED_PAYER),
          0,
        ),
      ),
    eraseMessages: async (numbers) =>
      commits.write(() => eraseMessages.run(JSON.stringify(numbers), JSON.stringify(ERASED_RAW))),
    eraseDiscrepancies: async (numbers) =>
      commits.write(() => eraseDiscrepancies.run(JSON.stringify(numbers), ERASED_PAYER)),
  };
}
