import { z } from 'zod';
import { isFen, type Fen } from '../../values/fen';
import type { OutRefundNo, OutTradeNo, SubMchId, TransactionId } from '../../values/ids';
import { isOutRefundNo, isOutTradeNo, isSubMchId, isTransactionId } from '../../values/ids';
import type { Operation } from '../operation';
import { instantParam, reasonParam } from '../operation';
import { importOrders, previewImport } from './import';
import type { GivenOrder, ImportOperations } from './import-api';
import { MOST_IMPORTED } from './import-api';

const amountParam = z.custom<Fen>(isFen);

const orderParam: z.ZodType<GivenOrder> = z.object({
  outTradeNo: z.custom<OutTradeNo>(isOutTradeNo),
  subMchId: z.custom<SubMchId>(isSubMchId).nullable(),
  transactionId: z.custom<TransactionId>(isTransactionId),
  total: amountParam,
  paidAt: instantParam,
  refunds: z.array(
    z.object({
      outRefundNo: z.custom<OutRefundNo>(isOutRefundNo),
      amount: amountParam,
      refundedAt: instantParam,
    }),
  ),
});

/** Each number and each transaction once: the file is read as a whole before. */
const ordersParam = z
  .array(orderParam)
  .min(1)
  .max(MOST_IMPORTED)
  .refine((orders) => new Set(orders.map(({ outTradeNo }) => outTradeNo)).size === orders.length)
  .refine((orders) => new Set(orders.map(({ transactionId }) => transactionId)).size === orders.length);

/** The operations that take over the orders of an earlier system. */
export const IMPORT_OPERATIONS: { readonly [Name in keyof ImportOperations]: Operation<Name> } = {
  preview_import: {
    params: z.object({ orders: ordersParam }),
    needs: 'look',
    run: previewImport,
  },
  import_orders: {
    params: z.object({
      orders: ordersParam,
      source: z.string().regex(/^[0-9a-f]{64}$/),
      reason: reasonParam,
    }),
    needs: 'operate',
    run: importOrders,
  },
};
