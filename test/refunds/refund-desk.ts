import type { Fen } from '../../lib/values/fen';
import { fen } from '../../lib/values/fen';
import type { OutRefundNo, OutTradeNo, TransactionId } from '../../lib/values/ids';
import type { OrderAnswer, RefundAnswer, RefundStatusAnswer, WeChatPay } from '../../lib/wechat/port';

/** A refund on WeChat Pay's own books. */
export interface DeskRefund {
  readonly outTradeNo: OutTradeNo;
  readonly amount: Fen;
  readonly times: number;
}

/** What happens to a request for a refund instead of being answered. */
export type Mishap = 'answer_lost' | 'request_lost' | RefundAnswer;

/**
 * WeChat Pay's side of refunds: one refund per number, however often it is requested; never more
 * than was paid. The case decides whether a refund succeeds.
 */
export interface RefundDesk {
  readonly pay: Pick<WeChatPay, 'refund' | 'queryRefund' | 'queryOrder'>;
  readonly refunds: ReadonlyMap<OutRefundNo, DeskRefund>;
  /** The payments that refunds were asked for by, in order. */
  readonly named: (TransactionId | undefined)[];
  /** The calls, in order. */
  readonly calls: string[];
  /** What happens to the next requests for refunds, first come first served. */
  readonly mishaps: Mishap[];
  /**
   * What `queryRefund` answers; null: no such refund or, for an existing one, an empty answer as on
   * CloudBase.
   */
  standing: RefundStatusAnswer | null;
  order: OrderAnswer;
}

const LOST = { kind: 'unknown', reason: 'transport', detail: 'no answer' } as const;

/** A desk at which every order was paid with `paid`. */
export function refundDesk(paid: Fen): RefundDesk {
  const refunds = new Map<OutRefundNo, DeskRefund>();
  const calls: string[] = [];
  const named: (TransactionId | undefined)[] = [];
  const mishaps: Mishap[] = [];

  function accept(outTradeNo: OutTradeNo, outRefundNo: OutRefundNo, amount: Fen): RefundAnswer {
    const standing = refunds.get(outRefundNo);
    if (standing !== undefined && standing.amount !== amount) return doesNotFit('与之前请求不一致');
    const gone = [...refunds.values()].filter((one) => one.outTradeNo === outTradeNo);
    const sum = gone.reduce((total, one) => total + one.amount, 0);
    if (standing === undefined && sum + amount > paid) return doesNotFit('refund_fee大于可退金额');
    refunds.set(outRefundNo, { outTradeNo, amount, times: (standing?.times ?? 0) + 1 });
    return {
      kind: 'accepted',
      refundId: `50-${outRefundNo}`,
      outRefundNo,
      refund: fen(amount),
      settled: null,
    };
  }

  const desk: RefundDesk = {
    refunds,
    calls,
    named,
    mishaps,
    standing: null,
    order: { kind: 'unknown', reason: 'transport', detail: 'nobody said anything' },
    pay: {
      refund: async ({ outTradeNo, transactionId, outRefundNo, refund }) => {
        named.push(transactionId);
        calls.push(`refund ${outRefundNo}`);
        const mishap = mishaps.shift();
        if (mishap === 'request_lost') return LOST;
        if (mishap !== undefined && mishap !== 'answer_lost') return mishap;
        const answer = accept(outTradeNo, outRefundNo, refund);
        return mishap === 'answer_lost' ? LOST : answer;
      },
      queryRefund: async ({ outRefundNo }) => {
        calls.push(`queryRefund ${outRefundNo}`);
        if (desk.standing !== null) return desk.standing;
        return refunds.has(outRefundNo)
          ? { kind: 'unknown', reason: 'unreadable', detail: 'empty lists' }
          : { kind: 'no_such_refund' };
      },
      queryOrder: async ({ outTradeNo }) => {
        calls.push(`queryOrder ${outTradeNo}`);
        return desk.order;
      },
    },
  };
  return desk;
}

function doesNotFit(detail: string): RefundAnswer {
  return { kind: 'refused', code: 'amount_mismatch', detail };
}
