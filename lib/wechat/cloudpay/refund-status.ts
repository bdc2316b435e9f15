import { isFen, isPayableFen } from '../../values/fen';
import { beijingTime } from '../../values/instant';
import { field } from '../fields';
import type { RefundQuestion, RefundStatusAnswer } from '../port';
import { unknown, type Body } from './body';
import * as refusals from './refusals';
import { aboutSomethingElse, declined, isAboutSomethingElse, notAnAnswer } from './verdicts';

/** One refund of a queryRefund answer, not yet interpreted. */
interface Row {
  readonly outRefundNo: unknown;
  readonly refundId: unknown;
  readonly refundFee: unknown;
  readonly settlementRefundFee: unknown;
  readonly refundStatus: unknown;
  readonly refundSuccessTime: unknown;
}

const ROW_FIELDS = [
  'outRefundNo',
  'refundId',
  'refundFee',
  'settlementRefundFee',
  'refundStatus',
  'refundSuccessTime',
] as const;

/**
 * A page of queryRefund has at most this many refunds (v2 documentation of `offset`); further rows
 * are ignored.
 */
const MOST_ROWS = 50;

/**
 * The state of a refund. v2 numbers its rows (`refund_status_0`); CloudBase sends lists
 * (`refund_status_list`), which arrived empty in every report since 2020
 * (https://developers.weixin.qq.com/community/develop/doc/000484fe0ec200394c409a2a466800).
 *
 * Failure policy: fail closed. Without a row for the queried refund and a known status on it
 * nothing is concluded: totals alone would show a requested refund as completed.
 */
export function readRefundStatus(body: Body, question: RefundQuestion): RefundStatusAnswer {
  if (body.kind === 'unknown') return body;
  if (body.kind === 'document') return notAnAnswer();
  if (body.kind === 'declined') {
    const means = refusals.meaning(refusals.QUERY_REFUND, body.code, body.text);
    if (means === 'no_such_refund') return { kind: 'no_such_refund' };
    return declined(means, body);
  }
  if (isAboutSomethingElse(body.fields, question)) return aboutSomethingElse();
  const rows = [...numberedRows(body.fields), ...listedRows(body.fields)].filter(
    (row) => row.outRefundNo === question.outRefundNo,
  );
  const [row] = rows;
  const state = row && readState(row.refundStatus);
  if (!row || !state) return unknown('unreadable', 'the answer does not give the status of this refund');
  return {
    kind: 'refund',
    state,
    refundId: typeof row.refundId === 'string' ? row.refundId : null,
    refund: isPayableFen(row.refundFee) ? row.refundFee : null,
    settled: isFen(row.settlementRefundFee) && row.settlementRefundFee >= 0 ? row.settlementRefundFee : null,
    succeededAt: typeof row.refundSuccessTime === 'string' ? beijingTime(row.refundSuccessTime) : null,
  };
}

function readState(status: unknown): 'succeeded' | 'processing' | 'closed' | 'abnormal' | null {
  switch (status) {
    case 'SUCCESS':
      return 'succeeded';
    case 'PROCESSING':
      return 'processing';
    case 'REFUNDCLOSE':
      return 'closed';
    case 'CHANGE':
      return 'abnormal';
    default:
      return null;
  }
}

function numberedRows(fields: object): Row[] {
  const rows: Row[] = [];
  for (let n = 0; n < MOST_ROWS; n++) {
    const row = rowFrom((name) => field(fields, `${name}_${n}`));
    if (row.outRefundNo === undefined) break;
    rows.push(row);
  }
  return rows;
}

function listedRows(fields: object): Row[] {
  const numbers = field(fields, 'outRefundNoList');
  if (!Array.isArray(numbers)) return [];
  return numbers.slice(0, MOST_ROWS).map((_, n) =>
    rowFrom((name) => {
      const list: unknown = field(fields, `${name}List`);
      return Array.isArray(list) ? list[n] : undefined;
    }),
  );
}

function rowFrom(value: (name: (typeof ROW_FIELDS)[number]) => unknown): Row {
  return {
    outRefundNo: value('outRefundNo'),
    refundId: value('refundId'),
    refundFee: value('refundFee'),
    settlementRefundFee: value('settlementRefundFee'),
    refundStatus: value('refundStatus'),
    refundSuccessTime: value('refundSuccessTime'),
  };
}
