import { z } from 'zod';
import { dayOf, daysLater, isBeijingDay, startOf, type BeijingDay } from '../../lib/values/day';
import { later, type Clock } from '../../lib/values/instant';
import type { Fields } from '../api-answer';
import type { Parties } from '../event';
import { paymentCalled, paymentsOf, type SimulatedOrder } from '../order';
import type { OrderBook } from '../order-book';
import { merchant, nonce } from '../parameters';
import type { RefundBook } from '../refund/refund-book';
import { planted, rowsOf, truthful, type BillDraft } from './apply-plants';
import { BILL_TYPES, type BillOwner, type BillType } from './columns';
import type { Plant } from './plant';
import type { PlantBook } from './plant-book';
import { paymentRow, refundRow, type BillRow } from './row';
import { V3_FORM, writeBill, zipped, type BillForm } from './write';

/** A response of downloadBill: the file, gzipped or not, or the text of an error. */
export type BillApiAnswer =
  { readonly kind: 'file'; readonly bytes: Buffer } | { readonly kind: 'no_file'; readonly text: string };

/** One bill: a Beijing day of one merchant, or of all of them. */
export interface BillQuestion {
  readonly subMchId: string | null;
  /** The number that signs through API v3; absent: the bill of cloud development's provider. */
  readonly signer?: string;
  readonly day: BeijingDay;
  readonly type: BillType;
  readonly gzip: boolean;
}

/** The dependencies of bills. */
export interface BillApiParts {
  readonly orders: OrderBook;
  readonly refunds: RefundBook;
  readonly plants: PlantBook;
  readonly clock: Clock;
  readonly parties: Parties;
  readonly form: BillForm;
  /** Whose bill it is and how it is written, for a signer through API v3. */
  readonly ownerOf: (signer: string) => BillOwner;
  /** The format of errors: some reports show JSON, others the XML of v2. */
  readonly failuresAs: 'json' | 'xml';
}

/** The bills of the simulated WeChat Pay. */
export interface BillApi {
  /** Responds to downloadBill. */
  download(request: Fields): BillApiAnswer;
  /**
   * The current bill, at any hour, with its planted errors; null without a trade. Does not use up
   * planted errors.
   */
  preview(question: BillQuestion): Buffer | null;
  /** The bill as API v3 has it at this hour. Uses up planted errors. */
  offer(question: BillQuestion): BillOffer;
}

type BillFile = Extract<BillOffer, { readonly kind: 'file' }>;

/**
 * A bill's file with the bytes before compression, or why there is none: `none` also for a day
 * whose bills are not begun yet.
 */
export type BillOffer =
  | { readonly kind: 'file'; readonly bytes: Buffer; readonly plain: Buffer }
  | { readonly kind: 'none' | 'creating' };

/**
 * WeChat Pay starts to create bills at 9 in the morning; they are ready at 10 (downloadBill
 * documentation).
 */
const BEGUN_AFTER_MS = 9 * 3600_000;
const READY_AFTER_MS = 10 * 3600_000;

/**
 * It keeps them for three months. Its answer after that is undocumented; "no bill" is our
 * assumption.
 */
const KEPT_DAYS = 92;

const billSchema = z.object({
  sub_mch_id: merchant.optional(),
  nonce_str: nonce,
  bill_date: z.custom<BeijingDay>((day) => isBeijingDay(day) && day < '9999'),
  bill_type: z.enum(BILL_TYPES).default('ALL'),
  tar_type: z.literal('GZIP').optional(),
});

/** Creates the bills of these books. The same books give the same bytes. */
export function createBillApi(parts: BillApiParts): BillApi {
  const { orders, refunds, plants, clock } = parts;

  function failure(errorCode: string, message: string): BillApiAnswer {
    const fields = { return_code: 'FAIL', return_msg: message, error_code: errorCode };
    switch (parts.failuresAs) {
      case 'json':
        return { kind: 'no_file', text: JSON.stringify(fields) };
      case 'xml': {
        const elements = Object.entries(fields).map(
          ([name, text]) => `<${name}><![CDATA[${text}]]></${name}>`,
        );
        return { kind: 'no_file', text: `<xml>${elements.join('\n')}\n</xml>` };
      }
    }
  }

  /**
   * `20002` covers both a bill that is not created yet and one that never will be, because there
   * are no trades.
   */
  const unavailable = (message: string): BillApiAnswer => failure('20002', message);

  function tradesOf({ subMchId, signer, day }: BillQuestion): readonly BillRow[] {
    const snapshotAt = later(startOf(daysLater(day, 1)), BEGUN_AFTER_MS);
    const wanted = ({ asked }: SimulatedOrder): boolean =>
      asked.v3?.signer === signer && (subMchId === null || subMchId === asked.subMchId);
    const payments = orders.all().flatMap((order) => {
      if (!wanted(order)) return [];
      return paymentsOf(order).flatMap((payment) =>
        dayOf(payment.paidAt) === day ? [paymentRow(order, payment)] : [],
      );
    });
    const refunded = refunds.all().flatMap((refund) => {
      const { subMchId: ofMerchant, outTradeNo } = refund.asked;
      if (dayOf(refund.acceptedAt) !== day) return [];
      const order = orders.get(ofMerchant, outTradeNo);
      if (order === null || !wanted(order)) return [];
      const payment = paymentCalled(order, refund.transactionId);
      return payment === null ? [] : [refundRow(order, payment, refund, snapshotAt)];
    });
    return shuffled([...payments, ...refunded]);
  }

  function draftOf(question: BillQuestion): { readonly draft: BillDraft; readonly used: readonly Plant[] } {
    let draft = truthful(question.type, question.gzip, tradesOf(question));
    const used: Plant[] = [];
    for (const plant of plants.of(question.subMchId, question.day)) {
      const after = planted(draft, plant);
      if (after === null) continue;
      draft = after;
      used.push(plant);
    }
    return { draft, used };
  }

  function written(draft: BillDraft, signer: string | undefined): Omit<BillFile, 'kind'> | null {
    const rows = rowsOf(draft);
    if (rows.length === 0) return null;
    const [owner, form] =
      signer === undefined ? [parts.parties, parts.form] : [parts.ownerOf(signer), V3_FORM];
    const plain = writeBill(rows, draft.type, owner, form, draft.damage);
    return { plain, bytes: draft.gzip ? zipped(plain, draft.damage) : plain };
  }

  /** The bill at this hour; `refusal`: the text in its place. */
  function available(question: BillQuestion): BillFile | { readonly kind: 'refusal'; readonly text: string } {
    const refusal = (text: string) => ({ kind: 'refusal', text }) as const;
    const nextDay = startOf(daysLater(question.day, 1));
    const now = clock.now();
    if (now < later(nextDay, BEGUN_AFTER_MS)) return refusal('No Bill Exist');
    if (now < later(nextDay, READY_AFTER_MS)) return refusal('Bill Creating');
    if (now >= startOf(daysLater(question.day, KEPT_DAYS))) return refusal('No Bill Exist');
    const { draft, used } = draftOf(question);
    for (const plant of used) plants.markUsed(plant);
    const file = draft.refusal === null ? written(draft, question.signer) : null;
    return file === null ? refusal(draft.refusal ?? 'No Bill Exist') : { kind: 'file', ...file };
  }

  return {
    download(request) {
      const parsed = billSchema.safeParse(request);
      if (!parsed.success) return failure('PARAM_ERROR', errorText(request, parsed.error));
      const { sub_mch_id, bill_date, bill_type, tar_type } = parsed.data;
      const bill = available({
        subMchId: sub_mch_id ?? null,
        day: bill_date,
        type: bill_type,
        gzip: tar_type !== undefined,
      });
      return bill.kind === 'file' ? { kind: 'file', bytes: bill.bytes } : unavailable(bill.text);
    },
    offer(question) {
      const bill = available(question);
      if (bill.kind === 'file') return bill;
      return { kind: bill.text === 'Bill Creating' ? 'creating' : 'none' };
    },
    preview: (question) => written(draftOf(question).draft, question.signer)?.bytes ?? null,
  };
}

/** v2's own text for an invalid request. */
function errorText(request: Fields, error: z.ZodError): string {
  const name = String(error.issues[0]?.path[0] ?? '');
  if (request[name] === undefined) return 'missing parameter';
  return name === 'bill_type' ? 'invalid bill_type' : 'data format error';
}

/**
 * Rows of real bills are not sorted by time. Here they are sorted by the ends of their numbers, so
 * that the order is deterministic.
 */
function shuffled(rows: readonly BillRow[]): readonly BillRow[] {
  const keyOf = (row: BillRow): string =>
    Array.from(row.refund?.refundId ?? row.transactionId)
      .reverse()
      .join('');
  return rows
    .map((row) => ({ row, key: keyOf(row) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ row }) => row);
}
