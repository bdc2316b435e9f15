import type { OrderSettlement } from '../../../model/order';
import { line, reading } from '../../rows/columns';
import { fulfilmentValues, otherPaymentsValue, paidAtValue, reservationsValue } from '../../rows/order-rows';
import type { Session } from '../base/database';
import type { Value } from '../base/sql';

/** The conditional writes by which settlements change orders, during one database transaction. */
export interface OrderChanges {
  /**
   * Takes the change in; false, with nothing taken, when the version no longer stands or the order
   * does not exist.
   */
  change(change: OrderSettlement): boolean;
  /** Writes what was taken in. */
  write(): Promise<void>;
}

/** The columns a settlement writes, with the order's row number first. The last one is appended. */
const COLUMNS = [
  'id',
  'version',
  'payment_state',
  'paid_at',
  'payment',
  'transaction_id',
  'other_payments',
  'refunds',
  'fulfilment_state',
  'fulfilment_attempts',
  'fulfilment_due_at',
  'fulfilment_token',
  'fulfilment_lease_until',
  'fulfilment_ended_at',
  'fulfilment_note',
  'fulfilment_hold',
  'fulfilment_begun_at',
  'added',
] as const;

const SET = [
  ...COLUMNS.slice(1, -1).map((column) => `o.${column} = v.${column}`),
  // Nobody pays a prepay that is over.
  `o.prepay_body = IF(v.payment_state = 'pending', o.prepay_body, NULL)`,
  'o.history = CONCAT(o.history, v.added)',
].join(', ');

/** The most orders in one statement. */
const ORDERS_AT_ONCE = 100;

interface Standing {
  readonly id: number;
  readonly version: number;
}

/** Locks these orders and reads their versions. */
export async function openOrderChanges(
  session: Session,
  changes: readonly OrderSettlement[],
): Promise<OrderChanges> {
  const rows =
    changes.length === 0
      ? []
      : await session.rows(
          `SELECT out_trade_no, id, version FROM orders WHERE out_trade_no IN (?)
           ORDER BY out_trade_no FOR UPDATE`,
          [...new Set(changes.map(({ outTradeNo }) => outTradeNo))],
        );
  const standing = new Map<string, Standing>(
    rows.map((columns) => {
      const row = reading(columns);
      return [row.text(), { id: row.integer(), version: row.integer() }];
    }),
  );
  /** The last change of each order, with the history lines of all. */
  const pending = new Map<number, readonly Value[]>();
  const added = new Map<number, string>();
  return {
    change: (change) => {
      const before = standing.get(change.outTradeNo);
      if (before?.version !== change.expectedVersion) return false;
      const { id } = before;
      const version = before.version + 1;
      standing.set(change.outTradeNo, { id, version });
      const lines = `${added.get(id) ?? ''}${line(change.entry)}`;
      added.set(id, lines);
      pending.set(id, [id, version, ...valuesOf(change), lines]);
      return true;
    },
    write: async () => {
      const all = [...pending.values()];
      for (let from = 0; from < all.length; from += ORDERS_AT_ONCE) {
        await update(session, all.slice(from, from + ORDERS_AT_ONCE));
      }
    },
  };
}

/**
 * By the primary key: of a small table the server would read all orders, and wait for those that
 * other transactions lock.
 */
async function update(session: Session, rows: readonly (readonly Value[])[]): Promise<void> {
  const names = `SELECT ${COLUMNS.map((column) => `? AS ${column}`).join(', ')}`;
  const others = ` UNION ALL SELECT ${COLUMNS.map(() => '?').join(', ')}`;
  await session.change(
    `UPDATE (${names}${others.repeat(rows.length - 1)}) v STRAIGHT_JOIN orders o FORCE INDEX (PRIMARY) ON o.id = v.id SET ${SET}`,
    ...rows.flat(),
  );
}

function valuesOf({ payment, otherPayments, refunds, fulfilment }: OrderSettlement): readonly Value[] {
  return [
    payment.state,
    paidAtValue(payment),
    JSON.stringify(payment),
    payment.state === 'paid' ? payment.transactionId : null,
    otherPaymentsValue(otherPayments),
    reservationsValue(refunds),
    ...fulfilmentValues(fulfilment),
  ];
}
