import { z } from 'zod';
import { isBeijingDay, type BeijingDay } from '../../lib/values/day';
import { isFen, isPayableFen, type Fen } from '../../lib/values/fen';
import { isInstant, type Instant } from '../../lib/values/instant';
import { merchant, orderNumber, refundNumber } from '../parameters';

const day = z.custom<BeijingDay>(isBeijingDay);
const amount = z.custom<Fen>(isPayableFen);
const anyFen = z.custom<Fen>(isFen);
/**
 * In how many downloads it appears; default all. Downloads that it does not change do not count.
 */
const times = z.int().min(1).max(1_000_000).optional();
const ofOrder = { outTradeNo: orderNumber, times };
const ofRefund = { outRefundNo: refundNumber, times };
const ofBill = { subMchId: merchant, day, times };

/**
 * An error to plant in a bill, named by its expected result in a statement run: the class of its
 * discrepancy, the reason for excluding a row, or how the whole bill fails. `says` replaces the
 * true value. The payment or refund decides the bill: that of its merchant and day.
 */
export const plantRequestSchema = z.discriminatedUnion('class', [
  /** The payment is missing from the bill. */
  z.strictObject({ class: z.literal('missing_payment'), ...ofOrder }),
  /** The bill has a payment for an order that does not exist. */
  z.strictObject({ class: z.literal('missing_order'), ...ofBill, outTradeNo: orderNumber, says: amount }),
  z.strictObject({ class: z.literal('amount_mismatch'), ...ofOrder, says: amount }),
  z.strictObject({
    class: z.literal('currency_mismatch'),
    ...ofOrder,
    says: z.string().regex(/^[A-Z]{3}$/),
  }),
  z.strictObject({ class: z.literal('merchant_mismatch'), ...ofOrder, says: merchant }),
  /** The bill has a second transaction for the order. */
  z.strictObject({ class: z.literal('duplicate_payment'), ...ofOrder }),
  /** The fee does not match the rate. */
  z.strictObject({ class: z.literal('fee_mismatch'), ...ofOrder, says: anyFen }),
  /**
   * The bill has a refund of the order that nobody requested; `simulator.refundInBackOffice`
   * creates a real one.
   */
  z.strictObject({
    class: z.literal('refund_missing_here'),
    ...ofOrder,
    outRefundNo: refundNumber,
    says: amount,
  }),
  /** The refund is missing from the bill. */
  z.strictObject({ class: z.literal('refund_missing_there'), ...ofRefund }),
  z.strictObject({ class: z.literal('refund_amount_mismatch'), ...ofRefund, says: amount }),
  z.strictObject({
    class: z.literal('refund_state_mismatch'),
    ...ofRefund,
    says: z.enum(['SUCCESS', 'PROCESSING', 'FAIL', 'CHANGE']),
  }),
  /** The payment's row appears twice, and is counted twice. */
  z.strictObject({ class: z.literal('duplicate_row'), ...ofOrder }),
  /** A spreadsheet changed the payment's transaction ID. */
  z.strictObject({ class: z.literal('scientific_notation'), ...ofOrder }),
  /** The payment's row is cut short. The summary counts the row, but not its amounts. */
  z.strictObject({ class: z.literal('too_few_fields'), ...ofOrder }),
  /** Every row has this day. */
  z.strictObject({ class: z.literal('other_day'), ...ofBill, says: day }),
  /** Every row has this merchant. */
  z.strictObject({ class: z.literal('other_merchant'), ...ofBill, says: merchant }),
  /** The file is invalid. `gzip_truncated` affects gzipped responses only. */
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

/** An error to plant in a bill. */
export type PlantRequest = Readonly<z.infer<typeof plantRequestSchema>>;

/** A planted error as stored in the journal. */
export const plantSchema = z.object({
  id: z.int(),
  subMchId: z.string(),
  day,
  request: plantRequestSchema,
  /** Downloads it still appears in; null: all. */
  timesLeft: z.int().nullable(),
  /** The numbers and time of an invented row. */
  madeUp: z.object({
    transactionId: z.string(),
    refundId: z.string(),
    at: z.custom<Instant>(isInstant),
  }),
});

/** A planted error. */
export type Plant = Readonly<z.infer<typeof plantSchema>>;
