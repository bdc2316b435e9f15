import type { Journal } from '../journal';
import { SimulatorError } from '../simulator-error';
import type { SimulatedRefund } from './refund';
import type { RefundScript } from './script';

/**
 * Every refund of the simulated WeChat Pay and the requested outcomes of future ones, stored in its
 * journal.
 */
export interface RefundBook {
  /** The merchant's refund of this number. */
  get(subMchId: string, outRefundNo: string): SimulatedRefund | null;
  /**
   * The refund with this number, of any merchant. Null when there is none; throws when two
   * merchants use the number.
   */
  find(outRefundNo: string): SimulatedRefund | null;
  /** The refund with this refund ID, or null. */
  called(refundId: string): SimulatedRefund | null;
  /** An order's refunds, in the order of acceptance. */
  ofOrder(subMchId: string, outTradeNo: string): readonly SimulatedRefund[];
  /** Stores the refund in place of its previous state. */
  put(refund: SimulatedRefund): void;
  /** Every refund, in the order of acceptance. */
  all(): readonly SimulatedRefund[];
  /** Number of refunds that will still end by themselves. */
  pendingCount(): number;
  /** The requested outcome of a future refund with this number. */
  scriptFor(outRefundNo: string): RefundScript;
  /** Stores a requested outcome; null: for every future refund without its own. */
  putScript(outRefundNo: string | null, script: RefundScript): void;
}

/** Opens the book from the journal. */
export function openRefundBook(journal: Journal): RefundBook {
  const refunds = new Map<string, SimulatedRefund>();
  const byNumber = new Map<string, Set<string>>();
  const byOrder = new Map<string, Set<string>>();
  const byRefundId = new Map<string, string>();
  const pending = new Set<string>();
  const scripts = new Map<string | null, RefundScript>();

  function keep(refund: SimulatedRefund): void {
    const { subMchId, outTradeNo, outRefundNo } = refund.asked;
    const key = keyOf(subMchId, outRefundNo);
    refunds.set(key, refund);
    byRefundId.set(refund.refundId, key);
    add(byNumber, outRefundNo, key);
    add(byOrder, keyOf(subMchId, outTradeNo), key);
    if (refund.endsAt === null) pending.delete(key);
    else pending.add(key);
  }
  function known(key: string | undefined): SimulatedRefund | null {
    return key === undefined ? null : (refunds.get(key) ?? null);
  }
  for (const entry of journal.read()) {
    if (entry.kind === 'refund') keep(entry.refund);
    if (entry.kind === 'refund_script') scripts.set(entry.waiting.outRefundNo, entry.waiting.script);
  }

  return {
    get: (subMchId, outRefundNo) => known(keyOf(subMchId, outRefundNo)),
    find(outRefundNo) {
      const keys = [...(byNumber.get(outRefundNo) ?? [])];
      if (keys.length > 1) {
        throw new SimulatorError(
          'ambiguous_refund',
          `several merchants have a refund ${outRefundNo}: use different numbers`,
        );
      }
      return known(keys[0]);
    },
    called: (refundId) => known(byRefundId.get(refundId)),
    ofOrder: (subMchId, outTradeNo) =>
      [...(byOrder.get(keyOf(subMchId, outTradeNo)) ?? [])].flatMap((key) => known(key) ?? []),
    put(refund) {
      journal.append({ kind: 'refund', refund });
      keep(refund);
    },
    all: () => [...refunds.values()],
    pendingCount: () => pending.size,
    scriptFor: (outRefundNo) => scripts.get(outRefundNo) ?? scripts.get(null) ?? {},
    putScript(outRefundNo, script) {
      journal.append({ kind: 'refund_script', waiting: { outRefundNo, script } });
      scripts.set(outRefundNo, script);
    },
  };
}

function add(index: Map<string, Set<string>>, name: string, key: string): void {
  const keys = index.get(name);
  if (keys) keys.add(key);
  else index.set(name, new Set([key]));
}

function keyOf(subMchId: string, number: string): string {
  return `${subMchId}:${number}`;
}
