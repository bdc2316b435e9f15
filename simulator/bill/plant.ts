import { z } from 'zod';
import { isBeijingDay, type BeijingDay } from '../../lib/values/day';
import { isFen, isPayableFen, type Fen } from '../../lib/values/fen';
import { isInstant, type Instant } from '../../lib/values/instant';
import { merchant, orderNumber, refundNumber } from '../parameters';

const day = z.custom<BeijingDay>(isBeijingDay);
const amount = z.custom<Fen>(isPayableFen);
const anyFen = z.custom<Fen>(isFen);
/**
 * Into how many downloads it goes; every one unless told. Downloads it changes nothing of do not
 * count.
 */
const times = z.int().min(1).max(1_000_000).optional();
const ofOrder = { outTradeNo: orderNumber, times };
const ofRefund = { outRefundNo: refundNumber, times };
const ofBill = { subMchId: merchant, day, times };

/**
 * A lie that a statement is to tell, named by what a reconciliation should make of it: the class of
 * its discrepancy, the reason for which a row is set aside, or how the whole statement fails.
 * `says` is what stands there instead of the truth. What a payment or refund is planted on decides
 * the statement: its merchant's, of its day.
 */
export const plantWishSchema = z.discriminatedUnion('class', [
  /** The payment is not in the statement. */
  z.strictObject({ class: z.literal('missing_payment'), ...ofOrder }),
  /** A payment stands there for an order that nobody made. */
  z.strictObject({ class: z.literal('missing_order'), ...ofBill, outTradeNo: orderNumber, says: amount }),
  z.strictObject({ class: z.literal('amount_mismatch'), ...ofOrder, says: amount }),
  z.strictObject({
    class: z.literal('currency_mismatch'),
    ...ofOrder,
    says: z.string().regex(/^[A-Z]{3}$/),
  }),
  z.strictObject({ class: z.literal('merchant_mismatch'), ...ofOrder, says: merchant }),
  /** A second transaction stands there for the order. */
  z.strictObject({ class: z.literal('duplicate_payment'), ...ofOrder }),
  /** The fee is not what the rate makes of the settled amount. */
  z.strictObject({ class: z.literal('fee_mismatch'), ...ofOrder, says: anyFen }),
  /**
   * A refund of the order stands there that nobody asked for; `simulator.refundInBackOffice` makes
   * a true one.
   */
  z.strictObject({
    class: z.literal('refund_missing_here'),
    ...ofOrder,
    outRefundNo: refundNumber,
    says: amount,
  }),
  /** The refund is not in the statement. */
  z.strictObject({ class: z.literal('refund_missing_there'), ...ofRefund }),
  z.strictObject({ class: z.literal('refund_amount_mismatch'), ...ofRefund, says: amount }),
  z.strictObject({
    class: z.literal('refund_state_mismatch'),
    ...ofRefund,
    says: z.enum(['SUCCESS', 'PROCESSING', 'FAIL', 'CHANGE']),
  }),
  /** The payment's row stands there twice, and is counted twice. */
  z.strictObject({ class: z.literal('duplicate_row'), ...ofOrder }),
  /** A spreadsheet was at the payment's transaction number. */
  z.strictObject({ class: z.literal('scientific_notation'), ...ofOrder }),
  /** The payment's row ends early. The summary counts it as a row and not with its amounts. */
  z.strictObject({ class: z.literal('too_few_fields'), ...ofOrder }),
  /** Every row is of this day. */
  z.strictObject({ class: z.literal('other_day'), ...ofBill, says: day }),
  /** Every row is of this merchant. */
  z.strictObject({ class: z.literal('other_merchant'), ...ofBill, says: merchant }),
  /** The file proves nothing. `gzip_truncated` touches gzipped answers only. */
  z.strictObject({
    class: z.literal('statement_corrupt'),
    ...ofBill,
    says: z.enum(['totals_mismatch', 'gzip_truncated', 'no_summary']),
  }),
  /** 20002, although there are trades. */
  z.strictObject({
    class: z.literal('not_available'),
    ...ofBill,
    says: z.enum(['No Bill Exist', 'Bill Creating']).optional(),
  }),
]);

/** A lie that a statement is to tell. */
export type PlantWish = Readonly<z.infer<typeof plantWishSchema>>;

/** A lie that waits for its statement, as the journal keeps it. */
export const plantSchema = z.object({
  id: z.int(),
  subMchId: z.string(),
  day,
  wish: plantWishSchema,
  /** Downloads it goes into yet; null: every one. */
  timesLeft: z.int().nullable(),
  /** The numbers and the time of a row that it makes up. */
  madeUp: z.object({
    transactionId: z.string(),
    refundId: z.string(),
    at: z.custom<Instant>(isInstant),
  }),
});

/** A lie that waits for its statement. */
export type Plant = Readonly<z.infer<typeof plantSchema>>;
