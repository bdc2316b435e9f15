import { booksOf } from './big-day';
import type { MatchResult } from './measured';

interface Sale {
  readonly total: number;
  readonly transactionId: string;
  readonly paid: boolean;
  seen: boolean;
}

interface Back {
  readonly amount: number;
  seen: boolean;
}

/** Compares rows split by a general CSV reader with the day's books in Maps. */
export interface PeerBooks {
  /** Takes the next line of the bill, split at comma and back-tick. */
  take(fields: readonly string[]): void;
  /** Finds what the bill lacks, and returns all differences. */
  end(): MatchResult;
}

/**
 * The same comparison as ours, as commonly written with a CSV reader: columns by header name,
 * amounts through `Number`, orders and refunds by number, absent records at the end. No SHA-1 and
 * no check against the summary.
 */
export function peerBooks(rows: number): PeerBooks {
  const sales = new Map<string, Sale>();
  const backs = new Map<string, Back>();
  for (const one of booksOf(rows)) {
    if ('outRefundNo' in one) backs.set(one.outRefundNo, { amount: one.amount, seen: false });
    else {
      const { total, transactionId, paid } = one;
      sales.set(one.outTradeNo, { total, transactionId, paid, seen: false });
    }
  }
  const found: Record<string, number> = {};
  const differs = (name: string): void => {
    found[name] = (found[name] ?? 0) + 1;
  };
  let names: readonly string[] | null = null;
  let at = { state: -1, order: -1, transaction: -1, total: -1, refund: -1, asked: -1 };
  let taken = 0;
  let ended = false;

  function header(line: string): void {
    names = line.replace(/^\uFEFF/, '').split(',');
    const column = (name: string) => names?.indexOf(name) ?? -1;
    at = {
      state: column('交易状态'),
      order: column('商户订单号'),
      transaction: column('微信订单号'),
      total: column('订单金额'),
      refund: column('商户退款单号'),
      asked: column('申请退款金额'),
    };
  }

  function payment(fields: readonly string[]): void {
    const order = sales.get(fields[at.order] ?? '');
    if (order === undefined) {
      differs('missing_order');
      return;
    }
    order.seen = true;
    if (Math.round(Number(fields[at.total]) * 100) !== order.total) differs('amount_mismatch');
    else if (!order.paid) differs('unpaid_order');
    else if (order.transactionId !== fields[at.transaction]) differs('duplicate_payment');
  }

  function refund(fields: readonly string[]): void {
    const back = backs.get(fields[at.refund] ?? '');
    if (back === undefined) {
      differs('refund_missing_here');
      return;
    }
    back.seen = true;
    if (Math.round(Number(fields[at.asked]) * 100) !== back.amount) differs('refund_amount_mismatch');
  }

  return {
    take(fields) {
      if (names === null) header(fields.join(','));
      else if (ended || fields[0]?.startsWith('总交易单数') === true) ended = true;
      else {
        taken += 1;
        if (fields[at.state] === 'SUCCESS') payment(fields);
        else refund(fields);
      }
    },
    end() {
      for (const { paid, seen } of sales.values()) if (paid && !seen) differs('missing_payment');
      for (const { seen } of backs.values()) if (!seen) differs('refund_missing_there');
      return { rows: taken, found };
    },
  };
}
